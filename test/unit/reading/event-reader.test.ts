import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { configSchema } from '../../../src/config/config.ts'
import { defaultContract } from '../../../src/contracts/contract.ts'
import { CursorSigner } from '../../../src/reading/cursor-signer.ts'
import type { Event } from '../../../src/reading/event.ts'
import { parseFilter } from '../../../src/reading/event-filter.ts'
import { EventReader } from '../../../src/reading/event-reader.ts'
import { SimulatedLog } from '../../support/simulated-log.ts'

const cursors = new CursorSigner(['a secret of this test, long enough'])
const record = new SimulatedLog().record('orders', 0, 0)
const event: Event = { ...record, timestamp: null, key: null, headers: {}, value: null, schema: null }

suite('a filter that nothing matches', () => {
  test('is tried on so many bytes of keys, values and headers as eight answers have', async () => {
    const log = new SimulatedLog()
    for (let n = 0; n < 50; n++) log.append('orders', 0)
    const reader = new EventReader({
      contracts: { get: defaultContract, list: () => [] },
      records: { read: async (request) => log.read({ ...request, maxEvents: 1 }) },
      tail: { waitForRecords: async () => false },
      decoder: { open: () => () => event, decode: () => event },
      limits: {
        ...configSchema.shape.limits.parse({}),
        readBytes: record.bytes,
      },
      topics: {
        findCurrent: async (name) => ({ name, id: 'id', partitions: 1 }),
        refresh: async () => undefined,
        offsets: async () => [{ partition: 0, first: 0, last: 50 }],
        offsetsAt: async () => [],
      },
      cursors,
    })
    const query = {
      from: { at: 'earliest' },
      limit: 10,
      waitMs: 0,
      longs: 'number',
      unmasked: new Set<string>(),
      caller: 'somebody',
      permit() {},
    } as const

    const page = await reader.read('orders', {
      ...query,
      filter: parseFilter('value == 1'),
      signal: new AbortController().signal,
    })

    assert.deepEqual([page.events, page.atEnd], [[], false])
    assert.deepEqual([...(cursors.verify(page.cursor).topics[0]?.next ?? [])], [[0, 8]])
  })
})
