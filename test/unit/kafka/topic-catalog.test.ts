import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { DescribedTopic } from '../../../src/kafka/kafka-admin.ts'
import { TopicCatalog } from '../../../src/kafka/topic-catalog.ts'

const described = (name: string, id: string) =>
  ({ name, topicId: { base64: id }, partitions: [{}, {}], isInternal: false }) as unknown as DescribedTopic

function catalogOver(answers: (DescribedTopic | undefined | GatewayError)[]) {
  const clock = { now: 0, asked: 0 }
  const describeTopic = async () => {
    clock.asked += 1
    const answer = answers[Math.min(clock.asked, answers.length) - 1]
    if (answer instanceof GatewayError) throw answer
    return answer
  }
  const catalog = new TopicCatalog(
    { describeTopic, listTopics: async () => [], listOffsets: async () => [] },
    () => clock.now,
  )
  return { catalog, clock }
}

const away = new GatewayError('kafka-unavailable', 'away')

suite('TopicCatalog', () => {
  test('asks once for all who ask at the same time', async () => {
    const { catalog, clock } = catalogOver([described('a', '1')])

    await Promise.all([catalog.find('a'), catalog.find('a'), catalog.refresh('a')])

    assert.equal(clock.asked, 1)
  })

  test('answers from memory past 30 s too, and refreshes behind', async () => {
    const { catalog, clock } = catalogOver([described('a', '1'), described('a', '2')])
    await catalog.find('a')

    clock.now = 29_999
    assert.deepEqual(catalog.find('a'), { name: 'a', id: '1', partitions: 2 })
    assert.equal(clock.asked, 1)
    clock.now = 30_000
    assert.deepEqual(catalog.find('a'), { name: 'a', id: '1', partitions: 2 })
    await catalog.refresh('a')

    assert.deepEqual(catalog.find('a'), { name: 'a', id: '2', partitions: 2 })
    assert.equal(clock.asked, 2)
  })

  test('remembers for a second that a topic is absent', async () => {
    const { catalog, clock } = catalogOver([undefined, described('a', '1')])
    assert.equal(await catalog.find('a'), undefined)

    clock.now = 999
    assert.equal(catalog.find('a'), undefined)
    clock.now = 1_000

    assert.equal((await catalog.find('a'))?.id, '1')
  })

  test('a known topic stays known while Kafka is away, an unknown one is kafka-unavailable', async () => {
    const { catalog, clock } = catalogOver([described('a', '1'), away])
    await catalog.find('a')

    clock.now = 3_600_000
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(catalog.find('a'), { name: 'a', id: '1', partitions: 2 })
      await catalog.refresh('a').catch(() => {})
    }

    await assert.rejects(async () => catalog.find('b'), away)
  })
})
