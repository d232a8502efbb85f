import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { SlowStreamClient } from '../support/slow-stream-client.ts'
import { StreamClient } from '../support/stream-client.ts'

const readerBytes = 64 * 1024
const rules = ['disconnect', 'drop-oldest', 'conflate'] as const
const keys = 5

suite('readers that are slower than their topics', () => {
  const topicOf = Object.fromEntries(rules.map((rule) => [rule, uniqueName(rule)])) as Record<
    (typeof rules)[number],
    string
  >
  let gateway: TestGateway
  before(async () => {
    const contracts = rules.map((rule) => `{ topic: ${topicOf[rule]}, schemaless: true, slowReaders: ${rule} }`)
    gateway = await startGateway({ contracts, env: { HEADGATE_STREAM_READER_BYTES: String(readerBytes) } })
    for (const rule of rules) await createTopic(untilTheRunEnds, { name: topicOf[rule] })
  })
  after(() => gateway[Symbol.asyncDispose]())

  /** Events of 8 KiB, one key after the other, until the slow reader's connection has been full for long; the quick one keeps up. */
  async function overflow(topic: string, quick?: StreamClient): Promise<number> {
    const value = { n: 0, padding: 'x'.repeat(8_000) }
    let count = 0
    for (let batch = 0; batch < 30; batch++) {
      const events = Array.from({ length: 50 }, () => ({ value: { ...value, n: count }, key: `k${count++ % keys}` }))
      assert.equal((await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })).status, 201)
      await quick?.count(count)
    }
    return count
  }

  const readBoth = async (t: Parameters<typeof StreamClient.open>[0], rule: (typeof rules)[number]) => {
    const topic = topicOf[rule]
    const slow = await SlowStreamClient.open(t, gateway, `topics=${topic}`)
    const quick = await StreamClient.open(t, gateway, { query: { topics: topic } })
    slow.stop()
    const count = await overflow(topic, quick)
    assert.equal(quick.events.length, count, 'who is not slow gets everything')
    slow.goOn()
    return { topic, slow, quick, count }
  }

  test('disconnect: it is closed, and its cursor goes on where it stopped', async (t) => {
    const { topic, slow, count } = await readBoth(t, 'disconnect')
    await pollUntil(() => slow.isEnded)
    const closing = slow.messages.at(-1)

    assert.equal(closing?.kind, 'closing')
    assert.equal(closing?.content.code, 'reader-too-slow')
    const seen = slow.offsets
    assert.ok(seen.length < count)
    const resumed = await StreamClient.open(t, gateway, { query: { topics: topic, cursor: closing?.cursor ?? '' } })
    await resumed.count(count - seen.length)
    const together = [...seen, ...resumed.events.map(({ content }) => content.offset)]
    assert.deepEqual(
      together,
      Array.from({ length: count }, (_, offset) => offset),
    )
  })

  test('drop-oldest: what is dropped is a gap, and all else comes in order', async (t) => {
    const { slow, count } = await readBoth(t, 'drop-oldest')
    await pollUntil(() => slow.offsets.at(-1) === count - 1)

    const covered = slow.messages.flatMap(({ kind, content }) =>
      kind === 'gap'
        ? Array.from({ length: content.to - content.from }, (_, index) => content.from + index)
        : [content.offset],
    )
    assert.ok(slow.messages.some(({ kind, content }) => kind === 'gap' && content.reason === 'slow-reader'))
    assert.deepEqual(
      covered,
      Array.from({ length: count }, (_, offset) => offset),
    )
  })

  test('conflate: the newest of each key comes, and nothing is said of the older ones', async (t) => {
    const { slow, count } = await readBoth(t, 'conflate')
    await pollUntil(() => slow.offsets.at(-1) === count - 1)

    assert.deepEqual(
      slow.messages.filter(({ kind }) => kind !== 'event'),
      [],
    )
    assert.ok(slow.offsets.length < count)
    const newest = new Map(slow.messages.map(({ content }) => [content.key, content.offset]))
    assert.deepEqual(
      [...newest.values()].sort(),
      Array.from({ length: keys }, (_, index) => count - keys + index).sort(),
    )
    assert.deepEqual(
      slow.offsets,
      slow.offsets.toSorted((a, b) => a - b),
    )
  })

  test('a slow reader of history is no slow reader: it gets everything, at its pace', async (t) => {
    const topic = topicOf.disconnect
    const slow = await SlowStreamClient.open(t, gateway, `topics=${topic}&from=earliest`)
    slow.stop()
    const count = await overflow(topic)
    slow.goOn()

    await pollUntil(() => slow.offsets.length === 2 * count, 30_000)
    assert.deepEqual(
      slow.offsets,
      Array.from({ length: 2 * count }, (_, offset) => offset),
    )
  })
})
