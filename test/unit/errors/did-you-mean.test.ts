import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { didYouMean } from '../../../src/errors/did-you-mean.ts'

const known = ['owner', 'topic', 'description', 'schemaless', 'customerId', 'id']

const cases: [word: string, meant: string | undefined][] = [
  ['ownr', 'owner'],
  ['owmer', 'owner'],
  ['onwer', 'owner'],
  ['ownerr', 'owner'],
  ['Owner', 'owner'],
  ['customer_id', 'customerId'],
  ['custmoer-id', 'customerId'],
  ['schema-less', 'schemaless'],
  ['di', 'id'],
  ['owner', undefined],
  ['colour', undefined],
  ['xy', undefined],
  ['', undefined],
  ['__', undefined],
  [`owner${'r'.repeat(60)}`, undefined],
]

suite('didYouMean', () => {
  for (const [word, meant] of cases) {
    test(`takes ${JSON.stringify(word.slice(0, 20))} for ${meant ?? 'nothing'}`, () => {
      assert.equal(didYouMean(word, known), meant)
    })
  }

  test('prefers the nearest of several', () => {
    assert.equal(didYouMean('limits', ['limit', 'limited', 'limits2x']), 'limit')
  })

  test('takes words that get longer in lower case', () => {
    assert.equal(didYouMean('İ'.repeat(64), ['İ'.repeat(63)]), 'İ'.repeat(63))
  })

  test('looks no further where too many letters differ, but takes those of a swap and of an edit at each end', () => {
    assert.equal(didYouMean('xescriptiony', ['description']), 'description')
    assert.equal(didYouMean('edscriptino', ['description']), 'description')
    assert.equal(didYouMean('xyzwription', ['description']), undefined)
  })

  test('does not compare words that are too long to be names', () => {
    assert.equal(didYouMean('owner', ['ownr'.padEnd(100_000, 'x')]), undefined)
  })
})
