import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { loadApiContract } from '../../../src/openapi/contract.ts'
import { compileValidators, documentCompilers, type OperationValidator } from '../../../src/openapi/validator.ts'
import type { EventIn } from '../../../src/publishing/event-in.ts'
import { lineEventReader } from '../../../src/routes/line-event.ts'

const validator = compileValidators(documentCompilers(loadApiContract())).get('publishEvent') as OperationValidator
const checkEnvelope: Parameters<typeof lineEventReader>[0] = (value, bytes) =>
  validator.body(value, 'application/x-ndjson', bytes)
const eventOf = lineEventReader(checkEnvelope, 64)
const read = (line: string | Buffer) => eventOf(Buffer.from(line))

suite('a line of NDJSON', () => {
  const events: readonly [line: string, event: EventIn][] = [
    ['{"value":{"a":1}}', { value: { a: 1 } }],
    [' {"value":null,"key":"k"}\t', { value: null, key: 'k' }],
    ['{"value":0,"key":null}', { value: 0, key: null }],
    ['{"value":0,"key":""}', { value: 0, key: '' }],
    ['{"value":0,"key":{"base64":"AP8="}}', { value: 0, key: { base64: 'AP8=' } }],
    [
      '{"value":0,"headers":{"a":"1","b":["2",{"base64":"AP8="}]}}',
      { value: 0, headers: { a: '1', b: ['2', { base64: 'AP8=' }] } },
    ],
    ['{"value":0,"timestamp":"2026-03-01T09:30:00Z"}', { value: 0, timestamp: Date.UTC(2026, 2, 1, 9, 30) }],
    ['{"value":0,"timestamp":1,"partition":3}', { value: 0, timestamp: 1, partition: 3 }],
    ['{"value":{"value":1}}', { value: { value: 1 } }],
  ]
  for (const [line, event] of events) {
    test(`${line} is an event`, () => {
      assert.deepEqual(read(line), event)
    })
  }

  const malformed: readonly [what: string, line: string | Buffer, message: RegExp][] = [
    ['cut JSON', '{"value":', /^The line is not valid JSON: it ends too early\.$/],
    ['no JSON', 'hello', /^The line is not valid JSON/],
    ['two values', '{"value":1}{"value":2}', /^The line is not valid JSON/],
    ['nothing but spaces', '  ', /^The line is not valid JSON: it is empty\.$/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /^The line is not UTF-8\.$/],
    ['a name twice', '{"value":1,"value":2}', /a name twice/],
    ['half a surrogate pair', '{"value":"\\ud800"}', /surrogate/],
    ['a value of 65 levels', `{"value":${'['.repeat(65)}${']'.repeat(65)}}`, /65 levels/],
  ]
  for (const [what, line, message] of malformed) {
    test(`of ${what} is refused as malformed JSON, and not quoted`, () => {
      const judged = read(line)

      assert.ok('violations' in judged)
      const [violation, ...others] = judged.violations
      assert.deepEqual(others, [])
      assert.equal(violation?.code, 'malformed-json')
      assert.equal(violation?.in, 'envelope')
      assert.equal(violation?.found, 'other bytes')
      assert.match(violation?.message ?? '', message)
    })
  }

  test('may hold a value of as many levels as an event may have', () => {
    assert.ok(!('violations' in read(`{"value":${'['.repeat(64)}${']'.repeat(64)}}`)))
  })

  const invalid: readonly [line: string, pointer: string, found: string][] = [
    ['1', '', 'number'],
    ['null', '', 'null'],
    ['[{"value":1}]', '', 'array'],
    ['{}', '', 'object'],
    ['{"key":"k"}', '', 'object'],
    ['{"value":1,"vlaue":2}', '', 'object'],
    ['{"value":1,"__proto__":{"key":"k"}}', '', 'object'],
    ['{"value":1,"partition":-1}', '/partition', 'number'],
    ['{"value":1,"partition":"0"}', '/partition', 'string'],
    ['{"value":1,"partition":1e400}', '/partition', 'number'],
    ['{"value":1,"timestamp":0}', '/timestamp', 'number'],
    ['{"value":1,"timestamp":"yesterday"}', '/timestamp', 'string'],
    ['{"value":1,"key":{"base64":"%"}}', '/key', 'object'],
    ['{"value":1,"headers":{"a":{"base64":"%"}}}', '/headers/a', 'object'],
    ['{"value":1,"headers":{"a/b":{"base64":"%"}}}', '/headers/a~1b', 'object'],
    ['{"value":1,"headers":[]}', '/headers', 'array'],
  ]
  for (const [line, pointer, found] of invalid) {
    test(`${line} is refused, at "${pointer}"`, () => {
      const judged = read(line)

      assert.ok('violations' in judged)
      const violation = judged.violations.find((each) => each.pointer === pointer)
      assert.equal(violation?.code, 'invalid-envelope')
      assert.equal(violation?.in, 'envelope')
      assert.equal(violation?.found, found)
    })
  }

  test('that breaks its envelope in many places has a violation for each', () => {
    const judged = read('{"value":1,"partition":-1,"timestamp":false,"headers":1}')

    assert.ok('violations' in judged)
    const pointers = new Set(judged.violations.map(({ pointer }) => pointer))
    assert.deepEqual(pointers, new Set(['/partition', '/timestamp', '/headers']))
  })

  test('throws on what is no fault of the line', () => {
    const broken = lineEventReader(() => {
      throw new TypeError('a fault of ours')
    }, 64)

    assert.throws(() => broken(Buffer.from('{"value":1}')), TypeError)
  })
})
