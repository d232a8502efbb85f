import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { ExactNumber, type JsonValue } from '../../../src/json/json-value.ts'
import type { Event } from '../../../src/reading/event.ts'
import { type EventFilter, parseFilter } from '../../../src/reading/event-filter.ts'

const judge = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false })
const around = { topic: 't', partition: 0, offset: 1, headers: {}, schema: null }
const eventOf = (value: JsonValue, more: Partial<Event> = {}): Event => ({
  ...around,
  timestamp: '2026-03-01T09:30:00.000Z',
  key: null,
  value,
  ...more,
})

const names = ['a', 'b', 'items', '__proto__', 'constructor', 'length', 'toString']
const paths = fc.array(fc.constantFrom('.a', '.b', '.items', '.?a', '.__proto__', '.constructor', '[0]', '["b"]'), {
  maxLength: 4,
})
const literals = fc.constantFrom(
  'null',
  'true',
  '0',
  '1',
  '-2',
  '2.5',
  '9007199254740993',
  '"a"',
  '""',
  '[1, "a"]',
  '[]',
)
const operators = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', '+', '-', '*', '/', '%', '&&', '||')

const { part } = fc.letrec<{ part: string; path: string }>((tie) => ({
  path: fc
    .tuple(fc.constantFrom('value', 'x', 'key', 'headers', 'timestamp', 'offset'), paths)
    .map(([variable, steps]) => variable + steps.join('')),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literals,
    tie('path'),
    fc.tuple(tie('part'), operators, tie('part')).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(tie('path'), fc.constantFrom('exists', 'all'), tie('part'))
      .map(([path, name, p]) => `${path}.${name}(x, ${p})`),
    fc
      .tuple(fc.constantFrom('size', 'int', 'double', 'string', 'timestamp', 'has', '!', '-'), tie('part'))
      .map(([f, p]) => `${f}(${p})`),
    fc
      .tuple(
        tie('part'),
        fc.constantFrom(
          'size()',
          'startsWith("a")',
          'contains("a")',
          'lowerAscii()',
          'orValue(1)',
          'hasValue()',
          'getMonth()',
        ),
      )
      .map(([p, f]) => `${p}.${f}`),
    fc.tuple(tie('part'), tie('part'), tie('part')).map(([c, yes, no]) => `(${c} ? ${yes} : ${no})`),
  ),
}))

const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, 0, 1, -2, 2.5, 1e308, 'a', '', 'NaN'),
    fc.constantFrom('9007199254740993', '-0', '1e400', '0.1000000000000000000001').map((text) => new ExactNumber(text)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('json')), { maxLength: 4 })
      .map((members) => Object.fromEntries(members)),
  ),
}))

function parsedOrRefused(text: string): EventFilter | undefined {
  try {
    return parseFilter(text)
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === 'invalid-parameter', `${text}: ${error}`)
    return undefined
  }
}

suite('a filter', () => {
  test('never throws, whatever the event, and is refused in one way only', () => {
    let parsed = 0
    const property = fc.property(part, json, json, (text, value, key) => {
      const filter = parsedOrRefused(text)
      if (!filter) return
      parsed++
      const { value: _, ...undecodable } = eventOf(null)
      for (const event of [eventOf(value), eventOf(value, { key: key as string, timestamp: null }), undecodable]) {
        assert.equal(typeof filter.matches(event), 'boolean')
      }
    })
    fc.assert(property, { numRuns: 20_000 })
    assert.ok(parsed > 1_000, `${parsed} expressions were parsed`)
  })

  test('is refused in one way only where the text is anything', () => {
    const symbols = fc.constantFrom(
      ...'value.a?[]()"\'\\=<>!&|+-*/%,:{}019eEx \n',
      'exists',
      'has',
      'ü',
      '🌊',
      '\ud800',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(symbols).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => void parsedOrRefused(text)?.matches(eventOf({}))),
      { numRuns: 20_000 },
    )
  })

  test("agrees with the library's own evaluator on what does not calculate", () => {
    const scalar = fc.constantFrom<JsonValue>(null, true, false, 0, 1, 2.5, 'a', 'ab', 'b')
    const values = fc.record(
      {
        a: scalar,
        b: scalar,
        list: fc.array(scalar, { maxLength: 3 }),
        inner: fc.record({ a: scalar }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    const operand = fc.constantFrom(
      'value.a',
      'value.b',
      'value.inner.a',
      'value.list[0]',
      'null',
      'true',
      '1',
      '2.5',
      '"a"',
      '"ab"',
    )
    const simple = fc.oneof(
      fc.tuple(operand, fc.constantFrom('==', '!=', '<', '>='), operand).map((all) => all.join(' ')),
      fc.tuple(operand, fc.constantFrom('value.list', '[1, 2.5]', '["a", "b"]')).map((all) => all.join(' in ')),
      fc.constantFrom(
        'has(value.a)',
        'has(value.inner)',
        'value.a.startsWith("a")',
        'value.b.contains("b")',
        'size(value.list) > 1',
      ),
      fc
        .tuple(fc.constantFrom('exists', 'all'), fc.constantFrom('<', '=='), operand)
        .map(([name, o, p]) => `value.list.${name}(x, x ${o} ${p})`),
    )
    const whole = fc
      .tuple(simple, simple, simple, fc.constantFrom('A && B || C', '!(A) || B && C', 'A ? B : C', '!(A || B)', 'A'))
      .map(([a, b, c, form]) => form.replace(/[ABC]/g, (letter) => `(${{ A: a, B: b, C: c }[letter]})`))
    let compared = 0
    const property = fc.property(whole, values, (text, value) => {
      const filter = parsedOrRefused(text)
      // The library checks types more strictly.
      if (!filter || !judge.check(text).valid) return
      compared++
      assert.equal(filter.matches(eventOf(value)), judged(text, value), `${text} of ${JSON.stringify(value)}`)
    })
    fc.assert(property, { numRuns: 20_000 })
    assert.ok(compared > 5_000, `${compared} expressions were compared`)
  })
})

function judged(text: string, value: unknown): boolean {
  try {
    return judge.evaluate(text, { value }) === true
  } catch {
    return false
  }
}
