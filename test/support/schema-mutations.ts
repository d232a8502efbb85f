import fc from 'fast-check'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/json-value.ts'
import { compileAvro } from '../../src/schemas/avro/compile-avro.ts'
import { SchemaError } from '../../src/schemas/avro/schema-error.ts'
import { avroSchemas } from './avro-arbitraries.ts'
import { SeededRandom } from './seeded-random.ts'

/** Two versions of a schema, and what may become the third. All differ. */
export interface SchemaHistory {
  versions: [JsonValue, JsonValue]
  candidates: JsonValue[]
}

const candidatesOfEach = 3

/** Histories in which each schema has come from an earlier one by a few changes of all kinds; the same for the same seed. */
export function schemaHistories(seed: number, count: number): SchemaHistory[] {
  const random = new SeededRandom(seed)
  const histories: SchemaHistory[] = []
  for (let round = 0; histories.length < count; round++) {
    for (const { schema } of fc.sample(avroSchemas(), { numRuns: 100, seed: seed + round })) {
      const first = random.once(4) ? schema : inRecord(schema, random)
      const second = mutated(first, random)
      const candidates = Array.from({ length: candidatesOfEach }, () =>
        mutated(random.once(3) ? first : second, random),
      )
      const all = [first, second, ...candidates].map((each) => JSON.stringify(each))
      if (new Set(all).size === all.length && all.every(isUsable))
        histories.push({ versions: [first, second], candidates })
    }
  }
  return histories.slice(0, count)
}

function isUsable(schema: string): boolean {
  try {
    compileAvro(schema)
    return true
  } catch (error) {
    if (error instanceof SchemaError) return false
    throw error
  }
}

function inRecord(schema: JsonValue, random: SeededRandom): JsonObject {
  const colour = { type: 'enum', name: 'Colour', symbols: ['RED', 'GREEN', 'BLUE'] }
  return {
    type: 'record',
    name: 'Root',
    namespace: 'org.root',
    fields: [
      { name: 'given', type: schema },
      { name: 'colour', type: random.once(2) ? { ...colour, default: 'RED' } : colour },
      { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
      { name: 'count', type: random.pick(['int', 'long', 'float', 'string']) },
      { name: 'note', type: ['null', 'string'], default: null },
    ],
  }
}

/** The schema after one to three changes. */
export function mutated(schema: JsonValue, random: SeededRandom): JsonValue {
  let copy = structuredClone(schema)
  for (let times = 1 + random.int(3); times > 0; times--) {
    const places: Place[] = []
    findPlaces(copy, (value) => (copy = value), places)
    const place = random.pick(places)
    random.pick(changesAt(place))(random)
  }
  return copy
}

type Mutation = (random: SeededRandom) => void

interface Place {
  type: JsonValue
  replace(value: JsonValue): void
  /** Set for a field. */
  field?: JsonObject
  fields?: JsonObject[]
}

function findPlaces(type: JsonValue, replace: Place['replace'], places: Place[]): void {
  places.push({ type, replace })
  if (Array.isArray(type)) {
    for (const [index, branch] of type.entries()) findPlaces(branch, (value) => (type[index] = value), places)
  }
  if (!isJsonObject(type)) return
  for (const name of ['items', 'values']) {
    const inner = type[name]
    if (inner !== undefined) findPlaces(inner, (value) => (type[name] = value), places)
  }
  const fields = (type.fields ?? []) as JsonObject[]
  for (const field of fields) {
    // Of a field more can change than of any other type.
    for (let times = 0; times < 3; times++) places.push({ type: field.type ?? null, replace() {}, field, fields })
    findPlaces(field.type ?? null, (value) => (field.type = value), places)
  }
}

const newTypes: JsonValue[] = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const wider: Record<string, string> = { int: 'long', long: 'float', float: 'double', string: 'bytes', bytes: 'string' }

function changesAt({ type, replace, field, fields }: Place): Mutation[] {
  if (field && fields) return changesOfField(field, fields)
  const changes: Mutation[] = [
    (random) => replace(random.pick(newTypes)),
    () => replace(Array.isArray(type) ? type : ['null', type]),
    () => replace({ type: 'array', items: type }),
  ]
  if (typeof type === 'string' && wider[type]) {
    changes.push(
      () => replace(wider[type] as string),
      () => replace(wider[type] as string),
    )
  }
  if (Array.isArray(type)) changes.push(...changesOfUnion(type, replace))
  if (isJsonObject(type)) changes.push(...changesOfNamed(type))
  return changes
}

function changesOfField(field: JsonObject, fields: JsonObject[]): Mutation[] {
  const at = fields.indexOf(field)
  return [
    (random) => fields.splice(at, 0, { name: `new${random.int(3)}`, type: 'int', default: 7 }),
    (random) => fields.splice(at, 0, { name: `new${random.int(3)}`, type: random.pick(newTypes) }),
    () => fields.splice(at, 1),
    (random) => (field.name = `other${random.int(3)}`),
    (random) => {
      field.aliases = [field.name ?? '']
      field.name = `other${random.int(3)}`
    },
    (random) => (field.aliases = [random.once(5) ? (random.pick(fields).name ?? '') : 'once']),
    () => delete field.default,
    (random) => (field.default = random.pick<JsonValue>([null, 0, 1, '', 'RED', true, []])),
    () => (field.doc = 'Changed.'),
    () => fields.reverse(),
  ]
}

function changesOfUnion(branches: JsonValue[], replace: Place['replace']): Mutation[] {
  return [
    (random) => branches.splice(random.int(branches.length), 1),
    (random) => branches.push(random.pick(newTypes)),
    (random) => replace(random.pick(branches) ?? 'null'),
    () => branches.reverse(),
  ]
}

function changesOfNamed(type: JsonObject): Mutation[] {
  const changes: Mutation[] = []
  if (type.name !== undefined) {
    const was = `${type.namespace ?? ''}.${type.name}`.replace(/^\./, '')
    changes.push(
      (random) => (type.name = `Renamed${random.int(3)}`),
      (random) => {
        type.aliases = [was]
        type.name = `Renamed${random.int(3)}`
      },
      () => (type.namespace = 'org.moved'),
    )
  }
  if (Array.isArray(type.symbols)) {
    const symbols = type.symbols
    changes.push(
      (random) => symbols.push(`NEW${random.int(3)}`),
      (random) => symbols.splice(random.int(symbols.length), 1),
      () => (type.default = symbols[0] ?? null),
      () => delete type.default,
      () => symbols.reverse(),
    )
  }
  if (type.size !== undefined) changes.push((random) => (type.size = 1 + random.int(4)))
  if (type.logicalType !== undefined) changes.push(() => delete type.logicalType)
  return changes
}
