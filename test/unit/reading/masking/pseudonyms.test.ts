import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ExactNumber, type JsonValue } from '../../../../src/json/json-value.ts'
import { pseudonyms } from '../../../../src/reading/masking/pseudonyms.ts'

const secret = 'a-masking-secret-of-this-test-0123456789'
const pseudonymOf = pseudonyms(secret)

suite('a pseudonym', () => {
  test('is the same for the same value and secret, for ever', () => {
    assert.equal(pseudonymOf('ada@example.org'), pseudonyms(secret)('ada@example.org'))
    assert.equal(pseudonymOf('ada@example.org'), 'hash:tdKA:9RcLYSJmnDAh-EJykdwDcw')
  })

  test('tells the secret that it was made with, and is another one with another', () => {
    const other = pseudonyms(`${secret}2`)('a') as string
    const [, id] = (pseudonymOf('a') as string).split(':')

    assert.match(other, /^hash:[\w-]{4}:[\w-]{22}$/)
    assert.notEqual(other.split(':')[1], id)
    assert.equal((pseudonymOf('b') as string).split(':')[1], id)
  })

  const same: [fact: string, one: JsonValue, other: JsonValue][] = [
    ['a number and its text, as a key has it', 7, '7'],
    ['a long, as a number and as a string', new ExactNumber('9007199254740993'), '9007199254740993'],
    ['members in another order', { a: 1, b: [1] }, { b: [1], a: 1 }],
    ['longs inside, as numbers and as strings', { a: 1 }, { a: '1' }],
  ]
  for (const [fact, one, other] of same) {
    test(`is the same for ${fact}`, () => assert.equal(pseudonymOf(one), pseudonymOf(other)))
  }

  test('is another one for other values, and none for null', () => {
    const values: JsonValue[] = [
      '',
      ' ',
      'a',
      'A',
      0,
      false,
      [],
      {},
      [null],
      ['a'],
      { a: null },
      { a: 'a' },
      [['a']],
      ['a', 'b'],
      ['a,b'],
      '[]',
    ]

    assert.equal(new Set(values.map(pseudonymOf)).size, values.length)
    assert.equal(pseudonymOf(null), null)
  })
})
