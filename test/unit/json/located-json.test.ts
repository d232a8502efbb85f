import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { appendSegment } from '../../../src/json/json-pointer.ts'
import { locateJson } from '../../../src/json/located-json.ts'

const faults = (text: string): string[] =>
  locateJson(text, 8).faults.map(({ line, column, message }) => `${line}:${column} ${message}`)

const broken: readonly [text: string, fault: RegExp][] = [
  ['', /^1:1 expected a value, found the end$/],
  [' \n ', /^2:2 expected a value, found the end$/],
  ['{"a": 1,\r\n "b" 2}', /^2:6 expected `:`, found `2`$/],
  ['{"a": 1\r "b": 2}', /^2:2 expected `,` or `}`, found a string/],
  ['{\n  a: 1}', /^2:3 expected a name in double quotes, found `a`$/],
  ['{"a": 1,}', /^1:9 expected a name in double quotes, found `}`$/],
  ['[1, 2', /^1:6 expected `,` or `\]`, found the end$/],
  ['[1,]', /^1:4 expected a value, found `\]`$/],
  ['["a]', /^1:2 expected a value, found a string that does not end/],
  ['["\t"]', /^1:2 expected a value, found a string that does not end, or/],
  ['["\\x"]', /^1:2 /],
  ['[01]', /^1:2 expected a value, found `0`$/],
  ['[1e]', /^1:2 /],
  ['[nul]', /^1:2 expected a value, found `n`$/],
  ['[truex]', /^1:2 /],
  ['{} x', /^1:4 expected the end, found `x`$/],
  ['// comment\n{}', /^1:1 expected a value, found `\/`$/],
  ['[[[[[[[[[]]]]]]]]]', /^1:9 nested deeper than 8 levels$/],
]

suite('locateJson', () => {
  for (const [text, fault] of broken) {
    test(`says where ${JSON.stringify(text)} is not JSON`, () => {
      const [only, ...further] = faults(text)

      assert.match(only ?? '', fault)
      assert.deepEqual(further, [])
      if (!text.startsWith('[[[')) assert.throws(() => JSON.parse(text))
    })
  }

  test('says of each name that stands twice where it stands again', () => {
    assert.deepEqual(faults('{"a": {"b": 1, "c": 2,\n "b": 3},\n "\\u0061": 1}'), [
      '2:2 the name "b" stands here twice',
      '3:2 the name "\\u0061" stands here twice',
    ])
  })

  test('takes what is JSON, and nothing else', () => {
    const texts = fc.oneof(
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0a1-.eE tn\n', 'true', 'null', '"a"'), maxLength: 12 }),
    )
    const property = fc.property(texts, (text) => {
      const faultsOf = locateJson(text, 1_000).faults.filter(({ message }) => !message.includes('twice'))

      assert.equal(faultsOf.length === 0, isParsed(text))
    })
    fc.assert(property, { numRuns: 3_000 })
  })

  test('knows the place of every value, whatever the white space', () => {
    const property = fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      const lines = text.split('\n')
      const located = locateJson(text, 1_000)

      for (const [pointer, inner] of placesOf(value, '')) {
        const { line, column } = located.placeOf(pointer)
        const from = lines
          .slice(line - 1)
          .join('\n')
          .slice(column - 1)
        const written = JSON.stringify(inner, null, indent)
        // Further lines of what is nested are indented further.
        assert.ok(indent === 0 ? from.startsWith(written) : from.startsWith(written.split('\n')[0] ?? ''), pointer)
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('says the place of the nearest value around what there is not', () => {
    const located = locateJson('{\n  "a": [\n    {"b": 1}]}', 8)

    assert.deepEqual(located.placeOf('/a/0/c/d'), { line: 3, column: 5 })
    assert.deepEqual(located.placeOf('/a/0/b'), { line: 3, column: 11 })
    assert.deepEqual(located.placeOf(''), { line: 1, column: 1 })
  })

  test('skips a byte order mark', () => {
    assert.deepEqual(faults('\ufeff{}'), [])
  })
})

function isParsed(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function placesOf(value: unknown, pointer: string): [pointer: string, value: unknown][] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [[pointer, value], ...inner.flatMap(([name, member]) => placesOf(member, appendSegment(pointer, name)))]
}
