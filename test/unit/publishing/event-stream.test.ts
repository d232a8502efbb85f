import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { defaultContract } from '../../../src/contracts/contract.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { Delivery } from '../../../src/kafka/delivery-outcome.ts'
import type { EncodedRecord } from '../../../src/kafka/record.ts'
import { EventStream, type EventStreamOptions, type EventStreamParts } from '../../../src/publishing/event-stream.ts'
import type { Outcome } from '../../../src/publishing/outcome.ts'
import type { PublishTarget } from '../../../src/publishing/publish-target.ts'
import { unlimited } from '../../../src/quotas/quotas.ts'
import { ByteSink } from '../../../src/schemas/byte-sink.ts'

const target: PublishTarget = {
  contract: defaultContract('numbers'),
  topic: { name: 'numbers', id: 'id', partitions: 1 },
  schema: null,
  deprecation: undefined,
}
const deadlineMs = 10_000
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const noEvent = { violations: [] }

interface Sent {
  value: string
  deliver: (delivery: Delivery) => void
}

interface Setting {
  options?: Partial<EventStreamOptions>
  parts?: Partial<EventStreamParts>
  publish?: Partial<EventStreamParts['publish']>
}

/** A stream before a Kafka that answers when the test says so. A line is the event's value; one of `bad` is no event. */
async function open({ options, parts, publish }: Setting = {}) {
  const sent: Sent[] = []
  const reported: [line: number, outcome: Outcome][] = []
  const counted: string[] = []
  const kafka = { hasRoom: true, settled: 0 }
  const stream = await EventStream.open(
    {
      targetOf: () => target,
      producer: {
        get hasRoom() {
          return kafka.hasRoom
        },
        hasRoomFor: () => kafka.hasRoom,
        assertAccepting: () => {},
        send: (_topic: string, { value }: EncodedRecord, deliver: Sent['deliver']) =>
          sent.push({ value: String(value), deliver }),
      },
      topicLimits: { maxMessageBytes: async () => 1_000 },
      sink: new ByteSink(),
      keep: async () => ({ kept: 'here' }),
      meter: { count: (outcome) => counted.push(outcome), countDeprecated() {}, countRefused() {} },
      limits: { eventBytes: 100, keyBytes: 100, headers: 10, headersBytes: 100 } as EventStreamParts['limits'],
      publish: { deadlineMs, streamEvents: 1_000, streamBytes: 1_000_000, ...publish },
      ...parts,
    },
    {
      topic: 'numbers',
      permit() {},
      pace: unlimited,
      caller: 'somebody',
      eventOf: (line) => (line.equals(bad) ? noEvent : { value: line.toString() }),
      textOf: (line) => line.toString(),
      source: () => ({ who: { kind: 'token', id: 'somebody' }, from: null, requestId: 'r', way: 'lines' }),
      reportsPublished: true,
      onOutcome: (line, outcome) => reported.push([line, outcome]),
      onSettled: () => kafka.settled++,
      ...options,
    },
  )
  return { stream, sent, reported, counted, kafka }
}

const bad = Buffer.from('bad')
const lineOf = (text: string): Buffer => Buffer.from(text)
const written = (offset: number): Delivery => ({ status: 'written', partition: 0, offset, timestamp: 1_000 })
const namesOf = (reported: readonly [number, Outcome][]) => reported.map(([line, { outcome }]) => `${line} ${outcome}`)

suite('a stream of events', () => {
  test('does not open where the topic is not there, or Kafka takes nothing', async () => {
    const absent = new GatewayError('topic-not-found', 'There is none.')
    const away = new GatewayError('kafka-unavailable', 'It is away.')
    const targetOf = async () => Promise.reject(absent)
    const assertAccepting = () => {
      throw away
    }

    await assert.rejects(open({ parts: { targetOf } }), absent)
    await assert.rejects(
      open({ parts: { producer: { hasRoom: true, hasRoomFor: () => true, send() {}, assertAccepting } } }),
      away,
    )
  })

  test('reports outcomes in the order of the lines, whatever the order of the answers', async () => {
    const outcomes = fc.array(
      fc.constantFrom<'written' | 'failed' | 'unknown' | 'bad' | 'long'>('written', 'failed', 'unknown', 'bad', 'long'),
      { minLength: 1, maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(outcomes, fc.infiniteStream(fc.nat()), async (fates, order) => {
        const { stream, sent, reported, counted } = await open()
        for (const [index, fate] of fates.entries()) {
          stream.take(fate === 'long' ? 'too-long' : fate === 'bad' ? bad : lineOf(fate), index * 2 + 1, 0)
          assert.equal(stream.open, index + 1 - reported.length)
        }
        for (let waiting = [...sent]; waiting.length > 0; ) {
          const [one] = waiting.splice((order.next().value as number) % waiting.length, 1) as [Sent]
          const status = JSON.parse(one.value) as 'written' | 'failed' | 'unknown'
          one.deliver(status === 'written' ? written(7) : { status, code: 1, reason: 'it said so' })
        }

        const names = { written: 'published', failed: 'failed', unknown: 'unknown', bad: 'refused', long: 'refused' }
        const expected = fates.map((fate) => names[fate])
        assert.deepEqual(
          namesOf(reported),
          expected.map((name, index) => `${index * 2 + 1} ${name}`),
        )
        assert.deepEqual(counted, expected)
        assert.equal(stream.open, 0)
        assert.equal(stream.lastLine, fates.length * 2 - 1)
        for (const [name, count] of Object.entries(stream.counts))
          assert.equal(count, expected.filter((each) => each === name).length)
      }),
      { numRuns: 500 },
    )
  })

  test('says where each event was written, or nothing of published events where nobody asked', async () => {
    const asked = await open()
    const notAsked = await open({ options: { reportsPublished: false } })

    for (const { stream, sent } of [asked, notAsked]) {
      stream.take(lineOf('a'), 1, 0)
      stream.take(bad, 2, 0)
      sent[0]?.deliver(written(7))
    }

    const published = { outcome: 'published', partition: 0, offset: 7, timestamp: '1970-01-01T00:00:01.000Z' }
    assert.deepEqual(asked.reported, [
      [1, published],
      [2, { outcome: 'refused', ...noEvent }],
    ])
    assert.deepEqual(notAsked.reported, [[2, { outcome: 'refused', ...noEvent }]])
    assert.equal(notAsked.stream.counts.published, 1)
  })

  test('names the last line before which nothing is open', async () => {
    const { stream, sent } = await open()
    for (const line of [2, 5, 9]) stream.take(lineOf('a'), line, 0)
    const lastLines = [stream.lastLine]

    for (const index of [1, 0, 2]) {
      sent[index]?.deliver(written(index))
      lastLines.push(stream.lastLine)
    }

    assert.deepEqual(lastLines, [1, 1, 8, 9])
  })

  test('has room for so many events, so many bytes, and no longer than the producer has', async () => {
    const byCount = await open({ publish: { streamEvents: 2 } })
    const byBytes = await open({ publish: { streamBytes: 500 } })
    const byRefusals = await open({ publish: { streamBytes: 500 } })

    byCount.stream.take(lineOf('a'), 1, 0)
    assert.ok(byCount.stream.hasRoom)
    byCount.stream.take(lineOf('b'), 2, 0)
    assert.ok(!byCount.stream.hasRoom)
    byCount.sent[0]?.deliver(written(1))
    assert.ok(byCount.stream.hasRoom)
    byCount.kafka.hasRoom = false
    assert.ok(!byCount.stream.hasRoom)

    for (const line of [1, 2, 3]) byBytes.stream.take(lineOf('x'.repeat(50)), line, 0)
    assert.ok(!byBytes.stream.hasRoom)

    byRefusals.stream.take(lineOf('a'), 1, 0)
    byRefusals.stream.take('too-long', 2, 0)
    assert.ok(!byRefusals.stream.hasRoom)
    byRefusals.sent[0]?.deliver(written(1))
    assert.ok(byRefusals.stream.hasRoom)
    assert.equal(byRefusals.stream.open, 0)
  })

  test('tells whoever feeds it that events came to their outcomes', async () => {
    const { stream, sent, kafka } = await open()
    stream.take(lineOf('a'), 1, 0)
    const before = kafka.settled

    sent[0]?.deliver(written(1))

    assert.equal(kafka.settled, before + 1)
  })

  for (const [what, waitMs, limitMs] of [
    ['its deadline', undefined, deadlineMs],
    ['the lower one that was asked for', 2_000, 2_000],
    ['its own, where a higher one was asked for', 60_000, deadlineMs],
  ] as const) {
    test(`calls an event unknown that Kafka has not confirmed by ${what}, whatever comes later`, async () => {
      const { stream, sent, reported } = await open({ options: waitMs === undefined ? {} : { waitMs } })
      stream.take(lineOf('a'), 1, 0)
      stream.take(lineOf('b'), 2, 1_000)

      stream.tick(limitMs - 1)
      assert.deepEqual(reported, [])
      stream.tick(limitMs)
      assert.deepEqual(namesOf(reported), ['1 unknown'])
      for (const { deliver } of sent) deliver(written(1))

      assert.deepEqual(namesOf(reported), ['1 unknown', '2 published'])
      assert.equal(stream.counts.unknown, 1)
      assert.equal(stream.open, 0)
    })
  }

  test('gives up: what is open is unknown, and what had its outcome keeps it', async () => {
    const { stream, sent, reported } = await open()
    for (const line of [1, 2, 3]) stream.take(lineOf('a'), line, 5)
    sent[1]?.deliver(written(1))

    stream.giveUp(6)

    assert.deepEqual(namesOf(reported), ['1 unknown', '2 published', '3 unknown'])
    assert.equal(stream.open, 0)
    assert.equal(stream.lastLine, 3)
  })

  test('is unheard when Kafka has said nothing for the deadline though there was something to say', async () => {
    const { stream, sent, kafka } = await open()
    const start = Date.now()

    stream.tick(start + 50_000)
    assert.ok(!stream.isUnheard(start + 50_000 + deadlineMs - 1))
    kafka.hasRoom = false
    stream.tick(start + 50_000 + deadlineMs)
    assert.ok(stream.isUnheard(start + 50_000 + deadlineMs))
    kafka.hasRoom = true
    stream.tick(start + 100_000)
    assert.ok(!stream.isUnheard(start + 100_000))
    stream.take(lineOf('a'), 1, start + 100_000)
    stream.tick(start + 100_000 + deadlineMs - 1)
    assert.ok(!stream.isUnheard(start + 100_000 + deadlineMs - 1))
    assert.ok(stream.isUnheard(start + 100_000 + deadlineMs))
    assert.equal(sent.length, 1)
  })

  test('explains what was too large for the topic by its limit', async () => {
    const { stream, sent, reported } = await open()
    for (const line of [1, 2]) stream.take(lineOf('a'), line, 0)

    sent[0]?.deliver({ status: 'failed', code: 10, reason: 'too large', tooLarge: true })
    sent[1]?.deliver(written(1))
    assert.equal(reported.length, 0)
    await new Promise(setImmediate)

    const first = reported[0]?.[1]
    assert.ok(first?.outcome === 'failed' && /max\.message\.bytes of 1000 bytes/.test(first.detail))
    assert.deepEqual(namesOf(reported), ['1 failed', '2 published'])
  })

  test('judges by the topic, contract and schema of now, asked once a second; one that is gone stays as it was', async () => {
    const partitions = [1, 2]
    let asked = 0
    const targetOf = () => {
      const count = partitions[asked++]
      if (count === undefined) throw new GatewayError('topic-not-found', 'There is none.')
      return { ...target, topic: { ...target.topic, partitions: count } }
    }
    const eventOf = () => ({ value: 1, partition: 1 })
    const { stream, sent, reported } = await open({ parts: { targetOf }, options: { eventOf } })
    const start = Date.now()

    stream.take(lineOf('a'), 1, start)
    stream.tick(start + 500)
    assert.equal(asked, 1)
    for (const seconds of [2, 4]) {
      stream.tick(start + seconds * 1_000)
      await new Promise(setImmediate)
      stream.take(lineOf('a'), seconds, start)
    }

    assert.deepEqual(namesOf(reported), ['1 refused'])
    assert.equal(sent.length, 2)
    assert.equal(asked, 3)
  })

  test('refuses a line that was too long to be kept, and names the limit', async () => {
    const { stream, reported } = await open()

    stream.take('too-long', 1, 0)

    const outcome = reported[0]?.[1]
    assert.ok(outcome?.outcome === 'refused')
    assert.equal(outcome.violations[0]?.code, 'event-too-large')
    assert.equal(outcome.violations[0]?.expected, 'at most 100 bytes')
  })

  test('reports a refused event when it is kept, and as refused, never as unknown, where that takes too long', async () => {
    const contract = { ...defaultContract('numbers'), refusals: { keep: true, days: 30 } }
    const keeping: { text: string; settle: (kept: { kept: string }) => void }[] = []
    const keep: EventStreamParts['keep'] = ({ text }) =>
      new Promise((resolve) => keeping.push({ text, settle: resolve }))
    const { stream, reported } = await open({
      parts: { targetOf: () => ({ ...target, contract }), keep },
      options: { eventOf: () => ({ value: 1, partition: 9 }) },
    })

    for (const number of [1, 2, 3]) stream.take(lineOf(`line ${number}`), number, 0)
    keeping[1]?.settle({ kept: 'the second' })
    await Promise.resolve()
    const before = reported.length
    keeping[0]?.settle({ kept: 'the first' })
    await new Promise(setImmediate)
    stream.tick(deadlineMs)
    keeping[2]?.settle({ kept: 'too late' })
    await new Promise(setImmediate)

    assert.equal(before, 0)
    assert.deepEqual(
      keeping.map(({ text }) => text),
      ['line 1', 'line 2', 'line 3'],
    )
    assert.deepEqual(
      reported.map(([line, told]) => [line, told.outcome, 'kept' in told && told.kept]),
      [
        [1, 'refused', 'the first'],
        [2, 'refused', 'the second'],
        [3, 'refused', null],
      ],
    )
    assert.equal(stream.open, 0)
  })

  test('keeps nothing of a million events that came and went, but for one that the producer holds on to', async () => {
    const { stream, sent } = await open({
      options: { onOutcome: () => {} },
      parts: { meter: { count() {}, countDeprecated() {}, countRefused() {} } },
    })
    const line = lineOf('a')
    stream.take(line, 1, 0)
    const [held] = sent.splice(0)
    stream.take(line, 2, deadlineMs)
    stream.tick(deadlineMs)
    const heapAfter = (first: number, count: number): number => {
      for (let number = first; number < first + count; number++) {
        stream.take(line, number, deadlineMs)
        sent.shift()?.deliver(written(number))
      }
      collectGarbage()
      return process.memoryUsage().heapUsed
    }

    const before = heapAfter(3, 200_000)
    const after = heapAfter(200_003, 800_000)

    assert.ok(after - before < 8 * 1_048_576, `${after - before} bytes`)
    for (const { deliver } of [held as Sent, ...sent]) deliver(written(1))
    assert.deepEqual([stream.open, stream.counts.unknown, stream.counts.published], [0, 1, 1_000_001])
  })
})
