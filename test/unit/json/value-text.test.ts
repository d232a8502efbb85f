import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { itemTexts, textAt } from '../../../src/json/value-text.ts'

suite('the text of a value in JSON text', () => {
  test('is as it stands there: digits, escapes, order and white space', () => {
    const json = ' { "a" : {"n": 1.50e+2 , "b":[ "\\u0041\\"]}" ] } , "c":-0.0,"d\\"":null } '

    assert.equal(textAt(json, []), json.trim())
    assert.equal(textAt(json, ['a']), '{"n": 1.50e+2 , "b":[ "\\u0041\\"]}" ] }')
    assert.equal(textAt(json, ['a', 'n']), '1.50e+2')
    assert.equal(textAt(json, ['a', 'b']), '[ "\\u0041\\"]}" ]')
    assert.equal(textAt(json, ['c']), '-0.0')
    assert.equal(textAt(json, ['d"']), 'null')
    assert.equal(textAt(json, ['e']), undefined)
    assert.equal(textAt(json, ['c', 'e']), undefined)
  })

  test('is found under a name that is written with escapes', () => {
    assert.equal(textAt('{"\\u0061":1,"b":2}', ['a']), '1')
  })

  test('is found for each item of an array', () => {
    assert.deepEqual(itemTexts('[ 1,"a,]" , {"x":[1,2]},[ ] ]'), ['1', '"a,]"', '{"x":[1,2]}', '[ ]'])
    assert.deepEqual(itemTexts('[ ]'), [])
  })

  test('has the value of what was written, for any JSON and any white space', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, '\t'), (object, space) => {
        const json = JSON.stringify(object, null, space)
        for (const [name, value] of Object.entries(object)) {
          assert.deepEqual(JSON.parse(textAt(json, [name]) ?? ''), JSON.parse(JSON.stringify(value)))
        }
        const items = Object.values(object)
        assert.deepEqual(
          itemTexts(JSON.stringify(items, null, space)).map((text) => JSON.parse(text)),
          JSON.parse(JSON.stringify(items)),
        )
      }),
    )
  })

  test('is found in a text of megabytes', () => {
    const long = `"${'\\n\\"x'.repeat(500_000)}"`

    assert.equal(textAt(`{"a":${long},"b":1}`, ['b']), '1')
    assert.equal(textAt(`{"a":${long}}`, ['a']), long)
  })
})
