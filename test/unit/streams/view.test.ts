import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { EventWish } from '../../../src/reading/matching-events.ts'
import { View } from '../../../src/streams/view.ts'

const keyOf = (...unmasked: string[]): string => View.keyOf({ longs: 'number', unmasked: new Set(unmasked) })

suite('readers share what they see', () => {
  test('where the same topics are masked for them', () => {
    assert.equal(keyOf(), keyOf())
    assert.equal(keyOf('a', 'b'), keyOf('b', 'a'))
  })

  test('and never where others are', () => {
    const filter = { text: 'a', matches: () => true }
    const wishes: EventWish[] = [[], ['a'], ['b'], ['a', 'b'], ['a,b']].map((topics) => ({
      longs: 'number',
      unmasked: new Set(topics),
    }))
    const keys = [...wishes, ...wishes.map((wish) => ({ ...wish, filter }))].map(View.keyOf)

    assert.equal(new Set(keys).size, keys.length)
  })
})
