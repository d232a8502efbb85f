import fc from 'fast-check'
import { isJsonObject, type JsonValue } from '../../src/json/json-value.ts'
import { avroSchemas } from './avro-arbitraries.ts'

const replacements: readonly JsonValue[] = [
  'string',
  'T0',
  'a-b',
  '',
  null,
  0,
  -1,
  [],
  ['null', 'null'],
  {},
  { type: 'array' },
  { type: 'bytes', logicalType: 'decimal', precision: 5000 },
  { type: 'enum', name: 'E', symbols: ['A', 'A'], default: 'B' },
]

/** Schemas of all kinds, with up to four of their values replaced, taken away or doubled. Some are still schemas. */
export function damagedSchemas(): fc.Arbitrary<JsonValue> {
  const damage = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'remove', 'double'),
    by: fc.constantFrom(...replacements),
  })
  return fc.tuple(avroSchemas(), fc.array(damage, { maxLength: 4 })).map(([{ schema }, damages]) => {
    const damaged = structuredClone({ schema })
    for (const { at, how, by } of damages) {
      const places = placesOf(damaged)
      places[at % places.length]?.(how, by)
    }
    return damaged.schema
  })
}

type Damage = (how: string, by: JsonValue) => void

function placesOf(value: JsonValue): Damage[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => [
      (how: string, by: JsonValue) => void value.splice(index, how === 'double' ? 0 : 1, ...itemsFor(how, item, by)),
      ...placesOf(item),
    ])
  }
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) => [
    (how: string, by: JsonValue) => {
      if (how === 'remove' && name !== 'schema') delete value[name]
      else value[name] = structuredClone(by)
    },
    ...placesOf(member),
  ])
}

function itemsFor(how: string, item: JsonValue, by: JsonValue): JsonValue[] {
  if (how === 'remove') return []
  return [structuredClone(how === 'double' ? item : by)]
}
