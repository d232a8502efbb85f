import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { OffsetSet } from '../../../src/subscriptions/redriving/offset-set.ts'

const offsets = fc.array(fc.nat(60), { maxLength: 60 })

const setOf = (added: readonly number[]): OffsetSet => {
  const set = OffsetSet.parse('')
  for (const offset of added) set.add(offset)
  return set
}

suite('a set of offsets', () => {
  test('has what was added and nothing else, also once it was written and read', () => {
    fc.assert(
      fc.property(offsets, (added) => {
        const model = new Set(added)
        for (const set of [setOf(added), OffsetSet.parse(setOf(added).text)]) {
          for (let offset = 0; offset < 62; offset++) assert.equal(set.has(offset), model.has(offset))
        }
      }),
    )
  })

  test('is written in its shortest form, whatever the order', () => {
    assert.equal(setOf([3, 1, 2, 7, 9, 8, 20]).text, '1-3,7-9,20')
    fc.assert(
      fc.property(offsets, (added) => assert.equal(setOf(added).text, setOf(added.toSorted((a, b) => a - b)).text)),
    )
  })

  test('says which offset comes next that it has not', () => {
    fc.assert(
      fc.property(offsets, fc.nat(60), (added, from) => {
        let expected = from
        while (added.includes(expected)) expected++
        assert.equal(setOf(added).nextWithout(from), expected)
      }),
    )
  })

  test('forgets what is before an offset, and nothing behind it', () => {
    fc.assert(
      fc.property(offsets, fc.nat(60), (added, before) => {
        const set = setOf(added)
        set.forget(before)
        for (let offset = before; offset < 62; offset++) assert.equal(set.has(offset), added.includes(offset))
        assert.equal(set.text, setOf(added.filter((offset) => offset >= before)).text)
      }),
    )
  })

  test('is not read from another text', () => {
    for (const text of ['a', '1-', '-1', '1;2', '1-2-3']) assert.throws(() => OffsetSet.parse(text), RangeError)
  })
})
