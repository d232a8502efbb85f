import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Violation } from '../../../../src/errors/violation.ts'
import { parseJson } from '../../../../src/json/parse-json.ts'
import { compileAvro } from '../../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../../src/schemas/byte-sink.ts'
import { asLine, brokenEvents } from '../../../support/broken-events/broken-events.ts'

for (const [name, { schema, good, broken }] of Object.entries(brokenEvents)) {
  suite(`broken events of ${name}`, () => {
    const codec = compileAvro(JSON.stringify(schema))
    const violationsOf = (json: string): readonly Violation[] =>
      codec.encode(parseJson(Buffer.from(json), 64), new ByteSink())

    for (const [json, ...expected] of broken) {
      test(`${json} has ${expected.join(', ')} and nothing else`, () => {
        assert.deepEqual(violationsOf(json).map(asLine).sort(), expected.sort())
      })
    }

    test('good events have no violations', () => {
      for (const json of good) assert.deepEqual(violationsOf(json), [], json)
    })
  })
}

suite('the broken events', () => {
  test('are 200, of 20 schemas, and at least 60 of them have several faults', () => {
    const all = Object.values(brokenEvents).flatMap(({ broken }) => broken)

    assert.equal(Object.keys(brokenEvents).length, 20)
    assert.equal(new Set(all).size, 200)
    assert.ok(all.filter(([, ...violations]) => violations.length > 1).length >= 60)
  })

  test('have every way in which an event may break an Avro schema', () => {
    const lines = Object.values(brokenEvents).flatMap(({ broken }) => broken.flatMap(([, ...lines]) => lines))

    assert.deepEqual([...new Set(lines.map((line) => line.split(' ')[1]))].sort(), [
      'ambiguous-union',
      'invalid-format',
      'missing-field',
      'no-union-branch',
      'not-exact',
      'out-of-range',
      'type-mismatch',
      'unknown-field',
      'unknown-symbol',
      'wrong-size',
    ])
  })
})
