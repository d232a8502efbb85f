import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../../src/json/parse-json.ts'

const parse = (text: string | Buffer, depth = 64) => parseJson(Buffer.from(text as string), depth)
const written = (text: string): string => JSON.stringify(parse(text))

suite('parseJson', () => {
  test('gives what JSON.parse gives, for any JSON that a double can hold', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 1, 2), (text, indent) => {
        const value: unknown = JSON.parse(text)
        const laidOut = JSON.stringify(value, null, indent)
        assert.equal(written(laidOut), JSON.stringify(value))
      }),
      { numRuns: 2_000 },
    )
  })

  test('writes every number back with the digits that it came with, if a double would lose any', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,4})?$/)
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1, maxLength: 4 }), (literals) => {
        const back = written(`[${literals.join(', ')}]`)
          .slice(1, -1)
          .split(',')
        for (const [index, literal] of literals.entries()) {
          const same = back[index] === literal || sameValue(back[index] as string, literal)
          assert.ok(same, `${literal} became ${back[index]}`)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  const counted: [text: string, values: number][] = [
    ['[]', 1],
    ['[1,2,3]', 3],
    ['{"a":1,"b":{"c":[1,2]}}', 5],
    ['[[1],{"a":","},"[,{"]', 5],
    ['7', 0],
  ]
  for (const [text, values] of counted) {
    test(`takes ${text} where there may be ${values} values, and not where there may be one less`, () => {
      assert.doesNotThrow(() => parseJson(Buffer.from(text), 64, values))
      if (values > 0)
        assert.throws(() => parseJson(Buffer.from(text), 64, values - 1), {
          code: 'malformed-json',
          message: `The JSON has more than ${values - 1} values (limits.jsonValues).`,
        })
    })
  }

  const kept = ['-0', '-0.0', '9007199254740993', '1e400', '-1e-400', '0.1000000000000000055', '18446744073709551615']
  for (const literal of kept) {
    test(`keeps ${literal}`, () => {
      assert.equal(written(`{"n":${literal}}`), `{"n":${literal}}`)
    })
  }

  const refused: readonly [what: string, text: string | Buffer, message: RegExp][] = [
    ['nothing', '', /it is empty/],
    ['white space', ' \n', /it is empty/],
    ['half an object', '{"a":', /ends too early|at position/],
    ['two values', '1 2', /not valid JSON/],
    ['a comment', '{} // b', /not valid JSON/],
    ['NaN', '[NaN]', /not valid JSON/],
    ['a number with a leading zero', '[01]', /not valid JSON/],
    ['a raw control character', '"\u0001"', /not valid JSON/],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xe9, 0x22]), /not UTF-8/],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /not UTF-8/],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /not UTF-8/],
    ['half a surrogate pair in a string', '["\\ud83d"]', /half a surrogate pair/],
    ['half a surrogate pair in a name', '{"\\uDE00":1}', /half a surrogate pair/],
    ['a name twice', '{"a":1,"b":{"c":1,"c":2}}', /at "\/b\/c"/],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}', /at "\/a"/],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', /at "\/__proto__"/],
    ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, /deeper than 64/],
    ['a number of 2,000 digits', `[1${'0'.repeat(2_000)}]`, /more than 1024 characters/],
  ]
  for (const [what, text, message] of refused) {
    test(`refuses ${what}`, () => {
      assert.throws(() => parse(text), { code: 'malformed-json', message })
    })
  }

  test('takes 64 levels, a byte order mark, whole surrogate pairs and __proto__', () => {
    assert.equal(written(`${'['.repeat(64)}${']'.repeat(64)}`).length, 128)
    assert.equal(written('\ufeff{"a":1}'), '{"a":1}')
    assert.equal(written('"\\ud83d\\ude00"'), '"😀"')
    assert.equal(written('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}')
  })

  test('says nothing of the input but where it is wrong', () => {
    const secret = 'a-secret-that-must-not-be-shown'
    for (const text of [`{"${secret}`, `{"a":"${secret}"`, `[${secret}]`, `{"a":"${secret}","a":1}`]) {
      assert.throws(
        () => parse(text),
        (error: Error) => !error.message.includes(secret),
      )
    }
  })
})

/** Whether two literals say the same number, to the last digit. */
function sameValue(a: string, b: string): boolean {
  const [one, other] = [a, b].map((literal) => {
    const [, sign, whole = '', fraction = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
    return { sign, digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length }
  })
  if (!one || !other) return false
  const least = Math.min(one.power, other.power)
  const scaled = ({ digits, power }: typeof one): bigint => (digits === 0n ? 0n : digits * 10n ** BigInt(power - least))
  return one.sign === other.sign && scaled(one) === scaled(other)
}
