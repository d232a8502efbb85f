import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/json/json-value.ts'
import type { Event } from '../../../src/reading/event.ts'
import { parseFilter } from '../../../src/reading/event-filter.ts'
import { parseFields } from '../../../src/reading/field-selection.ts'
import { filterFunctions } from '../../../src/reading/filters/filter-functions.ts'
import { eventVariables } from '../../../src/reading/filters/filter-variables.ts'
import { compileAvro } from '../../../src/schemas/avro/compile-avro.ts'
import { ByteSink } from '../../../src/schemas/byte-sink.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
const doc = read('docs/filters.md')
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(doc)?.[1] ?? ''

/** The demonstration's events as they are read from its topic. */
function readEarthquakes(): Event[] {
  const codec = compileAvro(read('local/demo/earthquake.avsc'))
  const { features } = JSON.parse(read('node_modules/vega-datasets/data/earthquakes.json')) as { features: JsonValue[] }
  const sink = new ByteSink()
  return features.map((feature, offset) => {
    sink.reset()
    assert.deepEqual(codec.encode(feature, sink), [])
    const value = codec.decode(sink.slice(0, sink.length), 0, { longs: 'number' }) as JsonObject
    const key = value.id as string
    return { topic: 'earthquakes', partition: 0, offset, timestamp: null, key, headers: {}, value, schema: null }
  })
}

suite('docs/filters.md', () => {
  const earthquakes = readEarthquakes()
  const examples = block('cel').trim().split('\n')

  for (const text of examples) {
    test(`finds some earthquakes and not others by ${text}`, () => {
      const { length } = earthquakes.filter(parseFilter(text).matches)

      assert.ok(length > 0 && length < earthquakes.length, `${length}`)
    })
  }

  test('has ten examples, and names every variable and every function', () => {
    assert.equal(examples.length, 10)
    const named = new Set(doc.match(/\w+/g))
    assert.deepEqual(
      [...eventVariables.keys(), ...filterFunctions.keys()].filter((name) => !named.has(name)),
      [],
    )
  })

  test('shows what fields gives', () => {
    const [, fields = ''] = /^`(\/[^`]+)` of an earthquake is$/m.exec(doc) ?? []
    const [first] = earthquakes
    assert.ok(first?.value && isJsonObject(first.value))

    assert.deepEqual(parseFields(fields).select(first.value), JSON.parse(block('json')))
  })
})
