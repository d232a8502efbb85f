import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { KafkaAdmin } from '../../../src/kafka/kafka-admin.ts'
import { ReaderPool } from '../../../src/kafka/reader-pool.ts'
import type { RecordProducer } from '../../../src/kafka/record-producer.ts'
import { Tail } from '../../../src/kafka/tail.ts'
import { TopicCatalog } from '../../../src/kafka/topic-catalog.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { allFrom, kafkaLog, log, send, settingsFor, startProducer, testConfig, write } from './room.ts'

const timeoutMs = 10_000

const accepts = (producer: RecordProducer) => () => {
  try {
    producer.assertAccepting(1, 1)
    return true
  } catch {
    return false
  }
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = Date.now()
  await action()
  return Date.now() - started
}

suite('a broker that comes, goes and hangs', () => {
  test('is noticed within seconds, and nothing that was acknowledged is lost or written twice', async (t) => {
    await using own = await startOwnKafka()
    const { bootstrap, part: kafka } = own
    await kafka.kill()
    const health = new PartHealth('kafka')
    const producer = await startProducer(t, testConfig(bootstrap), health)
    assert.throws(() => producer.assertAccepting(1, 1), { code: 'kafka-unavailable' })

    await kafka.restart()
    await pollUntil(accepts(producer))
    assert.equal(health.current.state, 'up')
    const topic = 'faults'
    await ensureTopic(bootstrap, { topic, partitions: 2 })
    const admin = new KafkaAdmin(settingsFor(bootstrap).admin, kafkaLog, 2_000)
    t.after(() => admin[Symbol.dispose]())
    let now = Date.now()
    const catalog = new TopicCatalog(admin, () => now)
    const rangesOf = catalog.offsets.bind(catalog)
    const pool = new ReaderPool({ properties: settingsFor(bootstrap).reader, size: 2, kafkaLog, rangesOf })
    t.after(() => pool[Symbol.asyncDispose]())
    const tail = new Tail({ properties: settingsFor(bootstrap).tail, log, kafkaLog })
    t.after(() => tail[Symbol.asyncDispose]())
    for (let i = 0; i < 10; i++) await write(producer, topic, { value: Buffer.from(`before ${i}`) })
    const read = (limitMs = timeoutMs) =>
      pool.read({ topic, positions: allFrom(2), maxEvents: 1_000, maxBytes: 1e6, timeoutMs: limitMs })
    assert.equal((await read()).records.length, 10)
    const known = await catalog.find(topic)

    kafka.pause()
    const frozen = send(producer, topic, { value: Buffer.from('while it hung') })
    const noticedHang = await timed(() => pollUntil(() => !accepts(producer)()))
    await pollUntil(() => health.current.state === 'down')
    kafka.resume()
    const thawed = await frozen
    await pollUntil(accepts(producer))

    const { next } = await read()
    await kafka.kill()
    const noticedDeath = await timed(() => pollUntil(() => !accepts(producer)()))
    const inTheDark = send(producer, topic, { value: Buffer.from('while it was dead') })
    const waiting = tail.waitForRecords(topic, next, { timeoutMs: 60_000 })
    const darkRead = timed(() => assert.rejects(read(1_000), { code: 'kafka-unavailable' }))
    now += 60_000
    const stale = await catalog.find(topic)
    const [other] = await Promise.allSettled([catalog.find('never-seen')])
    await kafka.restart()
    const recovered = await timed(() => pollUntil(accepts(producer), 30_000))
    const late = await inTheDark
    t.diagnostic(`hang noticed after ${noticedHang} ms, death after ${noticedDeath} ms, recovery after ${recovered} ms`)
    await write(producer, topic, { value: Buffer.from('after') })
    const { records } = await read()

    assert.equal(thawed.status, 'written')
    assert.equal(late.status, 'written')
    assert.deepEqual(stale, known)
    assert.equal(other?.status === 'rejected' && other.reason.code, 'kafka-unavailable')
    assert.equal(health.current.state, 'up')
    const values = records.map(({ value }) => `${value}`).sort()
    assert.deepEqual(values, [
      'after',
      ...Array.from({ length: 10 }, (_, i) => `before ${i}`),
      'while it hung',
      'while it was dead',
    ])
    assert.equal(await waiting, true)
    assert.ok((await darkRead) < 2_500)
    assert.ok(noticedHang < 4_000 && noticedDeath < 3_000 && recovered < 5_000)
  })
})
