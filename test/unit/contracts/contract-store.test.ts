import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import type { Contract } from '../../../src/contracts/contract.ts'
import { ContractDrift } from '../../../src/contracts/contract-drift.ts'
import { ContractRecorder } from '../../../src/contracts/contract-recorder.ts'
import { ContractStore } from '../../../src/contracts/contract-store.ts'
import { FileContracts } from '../../../src/contracts/file-contracts.ts'
import { LiveContracts } from '../../../src/contracts/live-contracts.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import type { WholeStateLog } from '../../../src/state/state-log.ts'
import { pollUntil } from '../../support/poll.ts'

const log = pino({ level: 'silent' })
const topic = 'orders'

/** A log that replicas share, each of which reads it when it appends, or is told to. */
class SharedLog {
  readonly records: [key: string, value: string | null][] = []
  failure: GatewayError | undefined

  open(take: (key: string, value: string) => void): WholeStateLog & { readOn(): void } {
    let next = 0
    const readOn = () => {
      for (; next < this.records.length; next++) {
        const [key, value] = this.records[next] as [string, string | null]
        if (value !== null) take(key, value)
      }
    }
    const readable = async () => {
      if (this.failure) throw this.failure
    }
    return {
      readOn,
      open: readable,
      append: async (key, value) => {
        await readable()
        this.records.push([key, value])
        return { status: 'written', offset: this.records.length - 1 }
      },
      readBack: async () => {
        readOn()
        return true
      },
      readWhole: async () => {
        readOn()
        return true
      },
    }
  }

  get tombstones(): string[] {
    return this.records.filter(([, value]) => value === null).map(([key]) => key)
  }
}

function replicaOf(shared: SharedLog, yaml = '') {
  let readOn = () => {}
  const health = new PartHealth('contracts')
  const store = new ContractStore({
    openLog: (take) => {
      const opened = shared.open(take)
      readOn = opened.readOn
      return opened
    },
    settings: { waitMs: 1_000, revisions: 3 },
    health,
    log,
  })
  const contracts = FileContracts.of([{ name: 'a.yaml', content: { text: yaml } }])
  const files = { find: (name: string) => contracts.find(name), topics: contracts.topics, isConfigured: true }
  const live = new LiveContracts({ store, files, log })
  const drift = new ContractDrift({ store, files, log })
  const settled = Promise.withResolvers<void>()
  const recorder = new ContractRecorder({ store, files, onSettled: settled.resolve, log })
  const start = async () => {
    store.follow({
      onRead: () => {
        live.refreshAll()
        recorder.due(files.topics)
      },
      onChange: (name) => live.refresh(name),
    })
    await store.whenRead()
    await settled.promise
  }
  return { store, live, drift, health, start, readOn: () => readOn() }
}

const draft = (revision: number, owner: string) => ({
  topic,
  revision,
  contract: { topic, owner },
  by: owner,
  file: null,
  changed: [],
})

suite('the contracts in their topic', () => {
  test('of two replicas that write one revision at once one wins on both, and the record of the other is deleted', async () => {
    const shared = new SharedLog()
    const [one, other] = [replicaOf(shared), replicaOf(shared)]
    await one.start()
    await other.start()

    const [first, second] = await Promise.all([
      one.store.append(draft(1, 'one')),
      other.store.append(draft(1, 'other')),
    ])
    one.readOn()

    assert.equal(first?.by, 'one')
    assert.equal(second, undefined)
    for (const { live } of [one, other]) assert.equal(live.get(topic).owner, 'one')
    const deleted = shared.records.filter(([key, value]) => value !== null && shared.tombstones.includes(key))
    assert.deepEqual(
      deleted.map(([, value]) => JSON.parse(value ?? '').by),
      ['other'],
    )
  })

  test('are not guessed at before they were read: 503, but for what a file has', async () => {
    const shared = new SharedLog()
    shared.failure = new GatewayError('state-unavailable', 'The topic cannot be used.')
    const { live, store, health } = replicaOf(shared, 'topic: filed\nowner: file\n')

    assert.throws(() => live.get(topic), { code: 'kafka-unavailable' })
    await assert.rejects(store.whenRead())
    assert.throws(() => live.get(topic), { code: 'state-unavailable' })
    assert.throws(() => live.list(), { code: 'state-unavailable' })
    assert.equal(live.get('filed').owner, 'file')
    assert.equal(health.current.state, 'down')

    shared.failure = undefined
    await store.whenRead()
    assert.equal(live.get(topic).subjectName, 'orders-value')
    assert.equal(health.current.state, 'up')
  })

  test('that cannot be understood close their topic, and no other', async () => {
    const shared = new SharedLog()
    const replica = replicaOf(shared)
    await replica.start()
    await replica.store.append({ ...draft(1, 'x'), contract: { topic, ofTheFuture: true } })

    assert.throws(() => replica.live.get(topic), {
      code: 'state-unavailable',
      message: /another version of the gateway/,
    })
    assert.equal(replica.live.get('clicks').owner, undefined)

    await replica.store.append(draft(2, 'mended'))
    assert.equal(replica.live.get(topic).owner, 'mended')
  })

  test('change in one step, and say whether readers see it; what is the same stays the same object', async () => {
    const shared = new SharedLog()
    const { live, store, start } = replicaOf(shared)
    await start()
    const changes: boolean[] = []
    const seen: Contract[] = []
    live.follow(({ concernsReaders }) => {
      changes.push(concernsReaders)
      seen.push(live.get(topic))
    })
    const contracts = [
      { topic, quota: { events: { limit: 5 } } },
      { topic, owner: 'a', quota: { events: { limit: 5 } } },
      { topic, owner: 'a', read: { closed: 'x' }, quota: { events: { limit: 6 } } },
      null,
    ]
    for (const [index, contract] of contracts.entries()) await store.append({ ...draft(index + 1, 'x'), contract })

    assert.deepEqual(changes, [false, false, true, true])
    assert.equal(seen[0]?.quota, seen[1]?.quota)
    assert.notEqual(seen[1]?.quota, seen[2]?.quota)
  })
})

suite('the contracts of files', () => {
  const fileOf = (owner: string) => `topic: ${topic}\nowner: ${owner}\n`

  test('are recorded once by replicas that have the same', async () => {
    const shared = new SharedLog()
    const replicas = [replicaOf(shared, fileOf('shop')), replicaOf(shared, fileOf('shop')), replicaOf(shared)]

    await Promise.all(replicas.map(({ start }) => start()))
    await pollUntil(() => {
      for (const { readOn } of replicas) readOn()
      return replicas.every(({ store }) => store.current(topic)?.file === 'a.yaml')
    })

    for (const { store, live } of replicas) {
      assert.equal(store.current(topic)?.revision, 1)
      assert.equal(live.get(topic).owner, 'shop')
    }
    assert.deepEqual(
      replicas.map(({ drift }) => drift.of(topic).length),
      [0, 0, 1],
    )
  })

  test('that differ are recorded once each, and never in answer to another', async () => {
    const shared = new SharedLog()
    const first = replicaOf(shared, fileOf('first'))
    const second = replicaOf(shared, fileOf('second'))
    await first.start()
    await second.start()
    const { length } = shared.records

    for (let n = 0; n < 10; n++) {
      first.readOn()
      second.readOn()
      await new Promise(setImmediate)
    }

    assert.equal(shared.records.length, length)
    assert.deepEqual(first.drift.of(topic), [{ pointer: '/owner', file: 'first', stored: 'second' }])
    assert.deepEqual(second.drift.of(topic), [])
    assert.equal(first.live.get(topic).owner, 'first')
  })
})
