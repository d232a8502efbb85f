import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { appendSegment, segmentsOf, valueAt } from '../../../src/json/json-pointer.ts'
import { ExactNumber, isJsonObject, type JsonValue } from '../../../src/json/json-value.ts'
import { parseFields } from '../../../src/reading/field-selection.ts'

const value = {
  id: 'o-1',
  total: new ExactNumber('9007199254740993'),
  none: null,
  items: [
    { sku: 'a', n: 1 },
    { sku: 'b', n: 2 },
    { sku: 'c', n: 3 },
  ],
  tree: { left: { leaf: 1, other: 2 }, right: { leaf: 3 } },
  'a/b': { '~': 1 },
  '': { '': 0 },
}

const cases: Record<string, unknown> = {
  '/id': { id: 'o-1' },
  '/id,/none': { id: 'o-1', none: null },
  '/total': { total: value.total },
  '/tree/left/leaf,/tree/right': { tree: { left: { leaf: 1 }, right: { leaf: 3 } } },
  '/tree/left,/tree/left/leaf': { tree: { left: { leaf: 1, other: 2 } } },
  '/tree/left/leaf,/tree/left': { tree: { left: { leaf: 1, other: 2 } } },
  '/items/0/sku': { items: [{ sku: 'a' }] },
  '/items/2/sku,/items/0': { items: [{ sku: 'a', n: 1 }, { sku: 'c' }] },
  '/items/9,/items/-,/items/01,/items/length,/items/sku': {},
  '/a~1b/~0': { 'a/b': { '~': 1 } },
  '/': { '': { '': 0 } },
  '//': { '': { '': 0 } },
  '/id/more,/nothing,/tree/none/leaf': {},
  '/constructor,/__proto__,/toString,/tree/__proto__/x': {},
}

const refusals: Record<string, RegExp> = {
  id: /^fields: has "id", which is no JSON Pointer such as \/properties\/mag\.$/,
  '/id,': /has "", which is no JSON Pointer/,
  '/id, /tree': /has " \/tree"/,
  '/a~2': /has "\/a~2"/,
  [Array(65).fill('/a').join()]: /more than 64 pointers/,
  [`/${'a'.repeat(2_000)}`]: /longer than 2000 characters/,
}

suite('parseFields', () => {
  for (const [text, expected] of Object.entries(cases)) {
    test(`${text} selects ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parseFields(text).select(value), expected)
    })
  }
  for (const [text, message] of Object.entries(refusals)) {
    test(`refuses ${text.slice(0, 40)}`, () => {
      assert.throws(
        () => parseFields(text),
        (error) => {
          assert.ok(error instanceof GatewayError && error.code === 'invalid-parameter')
          assert.match(error.message, message)
          return true
        },
      )
    })
  }

  test('gives the value itself for no text', () => {
    assert.equal(parseFields('').select(value), value)
  })

  test('leaves nothing of a value without members, keeps arrays arrays, and null null', () => {
    const selected = [5, 'a', true, new ExactNumber('1e400'), [1], null].map((each) => parseFields('/a').select(each))

    assert.deepEqual(selected, [{}, {}, {}, {}, [], null])
  })

  test('selects a member named __proto__ as any other', () => {
    const text = '{"__proto__":{"a":1,"b":2},"c":3}'

    assert.equal(JSON.stringify(parseFields('/__proto__/a').select(JSON.parse(text))), '{"__proto__":{"a":1}}')
  })

  test('gives exactly what the pointers name, and changes nothing', () => {
    const names = fc.constantFrom('a', 'b', '', 'a/b', '~', '__proto__')
    const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        fc.constantFrom<JsonValue>(null, 1, 'x', new ExactNumber('9007199254740993')),
        fc.dictionary(names, tie('json'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    const pointers = fc
      .array(fc.array(names, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
      .map((all) => all.map((segments) => segments.reduce(appendSegment, '')))
    const property = fc.property(json, pointers, (whole, wanted) => {
      const before = JSON.stringify(whole)

      const selected = parseFields(wanted.join()).select(whole)

      assert.equal(JSON.stringify(whole), before)
      for (const pointer of wanted) {
        assert.deepEqual(valueAt(selected, segmentsOf(pointer)), valueAt(whole, segmentsOf(pointer)))
      }
      for (const leaf of leavesOf(selected)) {
        assert.ok(
          wanted.some((pointer) => leaf === pointer || leaf.startsWith(`${pointer}/`)),
          leaf,
        )
      }
    })
    fc.assert(property, { numRuns: 5_000 })
  })
})

/** Pointers to all that is no object, and to empty objects; none for the top. */
function leavesOf(whole: JsonValue, pointer = ''): string[] {
  if (!isJsonObject(whole) || Object.keys(whole).length === 0) return pointer === '' ? [] : [pointer]
  return Object.entries(whole).flatMap(([name, member]) => leavesOf(member, appendSegment(pointer, name)))
}
