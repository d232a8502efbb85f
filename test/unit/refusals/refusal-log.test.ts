import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { defaultContract } from '../../../src/contracts/contract.ts'
import type { EncodedRecord, StoredRecord } from '../../../src/kafka/record.ts'
import { refusalId } from '../../../src/refusals/refusal-id.ts'
import { RefusalLog } from '../../../src/refusals/refusal-log.ts'
import { markRecord, refusalRecord } from '../../../src/refusals/refusal-record.ts'

const topicId = Buffer.alloc(16, 1).toString('base64')
const who = { kind: 'token', id: 'somebody' } as const
const source = { who, from: null, requestId: 'r', way: 'event' } as const
const violation = { pointer: '/n', code: 'out-of-range', message: 'm', expected: 'e', found: 'f' } as const
const refusal = (text: string) =>
  refusalRecord({
    event: { value: 1, key: text },
    text,
    violations: [violation],
    schema: null,
    contract: defaultContract('orders'),
    source,
    caller: 'somebody',
  })
const mark = (of: number) => markRecord({ of, state: 'replayed', by: who, requestId: 'r' })

/** A log in memory. Absent records are those of transactions that were aborted, or markers. */
class MemoryLog {
  readonly records: (EncodedRecord | undefined)[] = []
  first = 0
  topicId = topicId
  reads = 0

  range = async () => ({ topicId: this.topicId, first: this.first, end: this.records.length })
  offsetAt = async (ms: number) => Math.min(ms, this.records.length)
  read = async (from: number, { maxEvents }: { maxEvents: number }) => {
    this.reads++
    const records = this.records
      .map(
        (record, offset) =>
          record && ({ ...record, topic: 't', partition: 0, offset, bytes: 10, timestamp: offset } as StoredRecord),
      )
      .filter((record) => record !== undefined)
      .filter(({ offset }) => offset >= Math.max(from, this.first))
      .slice(0, maxEvents)
    const last = records.at(-1)
    return { records, next: records.length < maxEvents || !last ? this.records.length : last.offset + 1 }
  }
}

const soon = () => Date.now() + 5_000
const wish = (limit: number, more = {}) => ({ filter: {}, from: undefined, limit, ...more })

async function logOf(...records: (EncodedRecord | undefined)[]) {
  const memory = new MemoryLog()
  memory.records.push(...records)
  const log = new RefusalLog(memory)
  await log.catchUp(soon())
  return { memory, log }
}

suite('RefusalLog', () => {
  test('tells what became of refusals by the marks that come after them, past gaps', async () => {
    const { memory, log } = await logOf(refusal('a'), undefined, refusal('b'), mark(0), undefined)
    const before = await log.page(wish(10), soon())
    memory.records.push(mark(2), undefined)
    await log.catchUp(soon())
    const after = await log.page(wish(10), soon())

    assert.deepEqual(
      before.refusals.map(({ text, state }) => [text, state]),
      [
        ['a', 'replayed'],
        ['b', 'open'],
      ],
    )
    assert.deepEqual(
      after.refusals.map(({ state }) => state),
      ['replayed', 'replayed'],
    )
    assert.deepEqual(before.refusals[0]?.violations, [violation])
    assert.deepEqual(before.refusals[0]?.envelope, { key: 'a' })
  })

  test('goes through the pages once each, whatever their size', async () => {
    const texts = Array.from({ length: 23 }, (_, n) => String(n))
    const { log } = await logOf(...texts.flatMap((text) => [refusal(text), undefined]))

    for (const limit of [1, 2, 7, 23, 50]) {
      const found: string[] = []
      let page = await log.page(wish(limit), soon())
      for (;;) {
        assert.ok(page.refusals.length <= limit)
        found.push(...page.refusals.map(({ text }) => text))
        if (page.atEnd) break
        page = await log.page(wish(limit, { from: page.next }), soon())
      }
      assert.deepEqual(found, texts)
    }
  })

  test('reads nothing of what is settled where the open ones are asked for', async () => {
    const { memory, log } = await logOf(refusal('a'), refusal('b'), mark(0), mark(1))
    memory.reads = 0

    const page = await log.page(wish(10, { filter: { state: 'open' } }), soon())

    assert.deepEqual([page.refusals, page.atEnd, memory.reads], [[], true, 0])
  })

  test('reads on from where it was, and anew where the topic was made anew', async () => {
    const { memory, log } = await logOf(refusal('a'))
    const { next, refusals } = await log.page(wish(1), soon())
    memory.records.splice(0, 1, refusal('b'), refusal('c'))
    memory.topicId = Buffer.alloc(16, 2).toString('base64')
    await log.catchUp(soon())

    assert.deepEqual(
      (await log.page(wish(9), soon())).refusals.map(({ text }) => text),
      ['b', 'c'],
    )
    await assert.rejects(log.page(wish(9, { from: next }), soon()), { code: 'topic-recreated' })
    await assert.rejects(log.one(refusals[0]?.id ?? '', soon()), { code: 'refusal-not-found' })
  })

  test('goes on behind what retention has taken', async () => {
    const { memory, log } = await logOf(refusal('a'), refusal('b'))
    const { refusals, next } = await log.page(wish(1), soon())
    memory.first = 2
    memory.records.push(refusal('c'))
    await log.catchUp(soon())

    assert.deepEqual(
      (await log.page(wish(9, { from: next }), soon())).refusals.map(({ text }) => text),
      ['c'],
    )
    await assert.rejects(log.one(refusals[0]?.id ?? '', soon()), { code: 'refusal-not-found' })
  })

  test('says how far it is when its time is over, and goes on from there', async () => {
    const memory = new MemoryLog()
    memory.records.push(...Array.from({ length: 2_500 }, (_, n) => refusal(String(n))))
    const log = new RefusalLog({
      ...memory,
      range: memory.range,
      offsetAt: memory.offsetAt,
      read: async (from, limits) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        return memory.read(from, limits)
      },
    })

    await assert.rejects(log.catchUp(Date.now() + 10), { code: 'kafka-unavailable', message: /1000 of 2500 records/ })
    await log.catchUp(soon())

    assert.deepEqual([log.states.open, memory.reads], [2_500, 3])
  })

  test('waits for one that brokers do not show yet, and not for ever', async () => {
    const { memory, log } = await logOf(refusal('a'))
    const late = refusalId(topicId, 1)
    let looks = 0
    memory.range = async () => {
      if (++looks === 3) memory.records.push(refusal('b'))
      return { topicId, first: 0, end: memory.records.length }
    }

    await log.catchUpTo(late, soon())
    const never = refusalId(topicId, 9)
    await log.catchUpTo(never, soon())

    assert.deepEqual([looks > 3, (await log.one(late, soon())).offset], [true, 1])
    await assert.rejects(log.one(never, soon()), { code: 'refusal-not-found' })
  })

  test('gives nothing that it was not asked for by an id of another topic, or by none', async () => {
    const { log } = await logOf(refusal('a'), mark(0))

    assert.equal((await log.one('01010101-0', soon())).state, 'replayed')
    for (const id of ['01010101-1', '01010101-2', '01010102-0', '01010101-00', 'x', '']) {
      await assert.rejects(log.one(id, soon()), { code: 'refusal-not-found' })
    }
  })
})

suite('the record of a refusal', () => {
  test('keeps as many violations as have room, and says how many it does not', () => {
    const long = { ...violation, message: 'x'.repeat(2_000) }
    const record = refusalRecord({
      event: { value: 1 },
      text: '1',
      violations: Array.from({ length: 100 }, () => long),
      schema: null,
      contract: defaultContract('orders'),
      source,
      caller: 'somebody',
    })
    const content = JSON.parse(String(record.headers[0]?.value))

    assert.ok((record.headers[0]?.value?.length ?? 0) < 70_000)
    assert.equal(content.violations.length + content.omittedViolations, 100)
    assert.ok(content.violations.length > 20)
  })
})
