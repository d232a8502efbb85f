import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { defaultContract } from '../../../src/contracts/contract.ts'
import type { TopicInfo } from '../../../src/kafka/topic-catalog.ts'
import { FollowedTopics } from '../../../src/streams/followed-topics.ts'

const quietMs = 1_000

/** Topics of one partition, of which the test says what Kafka's id is. */
function room(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const kafka = { id: 'first' }
  const open = new Set<object>()
  const topics = new FollowedTopics({
    tail: {
      follow() {
        const following = { follow() {}, hold() {}, release() {}, [Symbol.dispose]: () => void open.delete(following) }
        open.add(following)
        return following
      },
    },
    decoder: {
      open() {
        throw new Error('there are no records here')
      },
      maskedBy: () => undefined,
    },
    ringBytes: 1_000,
    contracts: { get: defaultContract, list: () => [] },
    positions: {
      begin: async (topic) => ({ topic, topicId: kafka.id, partition: null, next: new Map([[0, 0]]) }),
    },
    topics: {
      findCurrent: async (name): Promise<TopicInfo> => ({ name, id: kafka.id, partitions: 1 }),
      offsets: async () => [{ partition: 0, first: 0, last: 0 }],
    },
    quietMs,
    admit() {},
    onEnded() {},
  })
  t.after(() => topics[Symbol.dispose]())
  return { kafka, topics, open }
}

suite('FollowedTopics', () => {
  test('follows a topic once for all, and until some time after its last reader', async (t) => {
    const { topics, open } = room(t)
    const [one, other] = [await topics.take('orders'), await topics.take('orders')]

    topics.giveBack(one)
    t.mock.timers.tick(quietMs * 2)
    assert.equal(open.size, 1)
    topics.giveBack(other)
    t.mock.timers.tick(quietMs)
    await Promise.resolve()

    assert.equal(one, other)
    assert.equal(open.size, 0)
  })

  test('a reader of a topic that was created anew is not let go with the last one of the old topic', async (t) => {
    const { kafka, topics, open } = room(t)
    const old = await topics.take('orders')
    kafka.id = 'second'
    await topics.check()
    const anew = await topics.take('orders')

    topics.giveBack(old)
    t.mock.timers.tick(quietMs * 2)
    await Promise.resolve()

    assert.notEqual(anew, old)
    assert.equal(open.size, 1)
    assert.equal(topics.size, 1)
  })
})
