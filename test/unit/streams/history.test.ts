import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { defaultContract } from '../../../src/contracts/contract.ts'
import { FollowedTopic } from '../../../src/streams/followed-topic.ts'
import { History } from '../../../src/streams/history.ts'
import type { ReadTopic } from '../../../src/streams/read-topic.ts'
import { SimulatedLog, SimulatedTail } from '../../support/simulated-log.ts'

const notOpened = () => {
  throw new Error('there are no records here')
}

/** A reader whose cursor is from a replica that has read more than this one, and how many wait here for the tail. */
function ahead(t: TestContext) {
  const log = new SimulatedLog()
  const tail = new SimulatedTail(log)
  const followed = new FollowedTopic(
    { contract: defaultContract('orders'), id: 'id', ends: new Map([[0, 0]]) },
    { tail, decoder: { open: notOpened, maskedBy: () => undefined }, ringBytes: 1_000, nextSequence: () => 0 },
  )
  t.after(() => followed[Symbol.dispose]())
  const topic: ReadTopic = { followed, partition: null, next: new Map([[0, 1]]), isPaused: false }
  const waiting = new Set<() => void>()
  const once = followed.onceMoved.bind(followed)
  t.mock.method(followed, 'onceMoved', (call: () => void) => {
    waiting.add(call)
    const forget = once(() => {
      waiting.delete(call)
      call()
    })
    return () => {
      waiting.delete(call)
      forget()
    }
  })
  const history = new History({
    records: { read: async (request) => log.read(request) },
    decoder: { open: notOpened },
    positions: { gaps: async () => [] },
  })
  const page = (signal = new AbortController().signal) => history.page([topic], 1_000, { caller: 'somebody', signal })
  return { log, tail, followed, waiting, page }
}

suite('a reader that is ahead of the tail', () => {
  test('waits for it no longer than it has patience, and leaves nothing behind', async (t) => {
    const { log, waiting, page } = ahead(t)
    log.partition('orders', 0).end = 1

    const paging = page()
    assert.equal(waiting.size, 1)

    assert.deepEqual((await paging)?.records, [])
    assert.equal(waiting.size, 0)
  })

  test('goes on when the tail has moved', async (t) => {
    const { log, tail, waiting, page } = ahead(t)
    log.partition('orders', 0).end = 1

    const paging = page()
    tail.move(1)

    assert.equal(await paging, undefined)
    assert.equal(waiting.size, 0)
  })

  test('waits no more when it is gone', async (t) => {
    const { waiting, page } = ahead(t)
    const gone = new AbortController()

    const paging = page(gone.signal)
    gone.abort()

    await assert.rejects(paging, { name: 'AbortError' })
    assert.equal(waiting.size, 0)
  })

  test('is not told of the tail once it has said that it does not wait', (t) => {
    const { log, tail, followed } = ahead(t)
    log.partition('orders', 0).end = 1
    const told: string[] = []
    followed.onceMoved(() => told.push('one'))
    const forget = followed.onceMoved(() => told.push('other'))

    forget()
    tail.move(1)

    assert.deepEqual(told, ['one'])
  })
})
