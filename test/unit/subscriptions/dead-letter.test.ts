import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { StoredRecord } from '../../../src/kafka/record.ts'
import { DeadLetterHeaders } from '../../../src/subscriptions/dead-letter.ts'
import { asBefore, redrivenRecord } from '../../../src/subscriptions/redriving/redriven.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const record: StoredRecord = {
  topic: 'orders',
  partition: 2,
  offset: 41,
  timestamp: 1_700_000_000_123,
  key: bytes('k'),
  value: bytes('value'),
  headers: [
    { name: 'source', value: bytes('shop') },
    { name: 'headgate-dead-letter-why', value: bytes('deliveries') },
    { name: 'empty', value: null },
  ],
  bytes: 10,
}
const rejection = { cause: 'receiver', reason: 'no stock', by: 'me' } as const
const at = 1_700_000_100_000
const headers = new DeadLetterHeaders(['a-secret-of-the-tests'])
/** As Kafka gives it back: an absent header is an empty one. */
const letter: StoredRecord = {
  ...record,
  topic: 'dead',
  headers: headers
    .write('billing', { offset: 41, deliveries: 3, record, rejection }, at)
    .map(({ name, value }) => ({ name, value: value ?? Buffer.alloc(0) })),
}

suite('a dead letter', () => {
  test('says what it was, whatever headers its event had', () => {
    const read = headers.read(letter)

    assert.deepEqual(
      { ...read, headers: read?.headers.map(({ name }) => name) },
      {
        subscription: 'billing',
        why: 'rejected',
        reason: 'no stock',
        at,
        origin: { topic: 'orders', partition: 2, offset: 41, timestamp: 1_700_000_000_123 },
        headers: ['source', 'headgate-dead-letter-why', 'empty'],
      },
    )
  })

  test('is none where anything of it is another', () => {
    const [first, ...others] = letter.headers
    const changed: Partial<StoredRecord>[] = [
      { value: bytes('valve') },
      { value: null },
      { key: null },
      { key: Buffer.alloc(0) },
      { headers: others },
      { headers: [{ name: first?.name ?? '', value: bytes('shop2') }, ...others] },
      { headers: letter.headers.slice(0, -1) },
      { headers: [...letter.headers, { name: 'more', value: bytes('x') }] },
    ]

    for (const change of changed) assert.equal(headers.read({ ...letter, ...change }), undefined)
    assert.equal(new DeadLetterHeaders(['another-secret-of-the-tests']).read(letter), undefined)
    assert.ok(new DeadLetterHeaders(['new-secret-of-the-tests', 'a-secret-of-the-tests']).read(letter))
  })

  test('becomes the record that it was, with a header that says when it was redriven', () => {
    const read = headers.read(letter)
    assert.ok(read)
    const written = redrivenRecord(read, letter, at + 1000)

    const shown = asBefore({ ...letter, ...written, topic: '_headgate.redriven.billing', partition: 0, offset: 5 })

    const { topic, partition, offset, timestamp, key, value } = shown
    assert.deepEqual(
      { topic, partition, offset, timestamp, key, value },
      {
        topic: 'orders',
        partition: 2,
        offset: 41,
        timestamp: 1_700_000_000_123,
        key: bytes('k'),
        value: bytes('value'),
      },
    )
    assert.deepEqual(
      shown.headers.map(({ name }) => name),
      ['source', 'headgate-dead-letter-why', 'empty', 'headgate-redriven'],
    )
  })
})
