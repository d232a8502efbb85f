import fc from 'fast-check'
import { ExactNumber, type JsonObject, type JsonValue } from '../../src/json/json-value.ts'
import { type AvroType, leafTypes, type Sample } from './avro-leaf-types.ts'

/** A schema, one value of it as avsc holds it (unions always wrapped, longs as bigint), and as natural JSON. */
export interface AvroSample extends Sample {
  schema: JsonValue
}

const deepest = 3
const fieldNames = ['id', 'name', 'valueOf', 'note', 'at', 'amount', 'a', 'b', 'next_one', 'x9', '_y']
const mapKeys = ['', 'a', 'b/c', 'd~e', 'constructor', 'toString', 'map', 'ключ', '0', 'string']

/** Schemas of all types, nested, recursive, with namespaces and defaults; a value with each. */
export function avroSamples(): fc.Arbitrary<AvroSample> {
  return avroTypes(deepest, 'T').chain(({ schema, values }) => values.map((sample) => ({ schema, ...sample })))
}

/** Schemas as of {@link avroSamples}, with a few values of each, none of them null as a whole: that is a tombstone. */
export function avroSchemas(): fc.Arbitrary<{ schema: JsonValue; samples: Sample[] }> {
  return avroTypes(deepest, 'T')
    .filter(({ schema }) => schema !== 'null')
    .chain(({ schema, values }) => {
      const samples = fc.array(
        values.filter(({ natural }) => natural !== null),
        { minLength: 3, maxLength: 6 },
      )
      return samples.map((all) => ({ schema, samples: all }))
    })
}

/** {@link avroSamples} with a union at the top. */
export function avroUnionSamples(): fc.Arbitrary<AvroSample> {
  return unionTypes(2, 'T').chain(({ schema, values }) => values.map((sample) => ({ schema, ...sample })))
}

function avroTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  if (depth === 0) return leafTypes(path)
  return fc.oneof(
    { weight: 3, arbitrary: leafTypes(path) },
    { weight: 2, arbitrary: arrayTypes(depth, path) },
    { weight: 2, arbitrary: mapTypes(depth, path) },
    { weight: 4, arbitrary: recordTypes(depth, path) },
    { weight: 3, arbitrary: nullableTypes(depth, path) },
    { weight: 3, arbitrary: unionTypes(depth, path) },
    { weight: 1, arbitrary: linkedTypes(depth, path) },
  )
}

const inUnion = (depth: number, path: string): fc.Arbitrary<AvroType> =>
  avroTypes(depth, path).filter(({ branch }) => branch !== 'union')

function arrayTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  return avroTypes(depth - 1, `${path}i`).map(({ schema, values }) => ({
    schema: { type: 'array', items: schema },
    branch: 'array',
    values: fc.array(values, { maxLength: 3 }).map((items) => ({
      datum: items.map(({ datum }) => datum),
      natural: items.map(({ natural }) => natural),
    })),
    defaults: fc.constant({ json: [], datum: [] }),
  }))
}

function mapTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  return avroTypes(depth - 1, `${path}v`).map(({ schema, values }) => ({
    schema: { type: 'map', values: schema },
    branch: 'map',
    values: fc
      .dictionary(fc.constantFrom(...mapKeys), values, { maxKeys: 3, noNullPrototype: true })
      .map((members) => ({
        datum: mapValues(members, ({ datum }) => datum),
        natural: mapValues(members, ({ natural }) => natural),
      })),
    defaults: fc.constant({ json: {}, datum: {} }),
  }))
}

const mapValues = <In, Out>(object: Record<string, In>, change: (value: In) => Out): Record<string, Out> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))

function named(path: string): fc.Arbitrary<{ attributes: JsonObject; fullName: string }> {
  return fc.constantFrom<{ attributes: JsonObject; fullName: string }>(
    { attributes: { name: path, namespace: 'org.one' }, fullName: `org.one.${path}` },
    { attributes: { name: `org.two.${path}`, namespace: 'org.two' }, fullName: `org.two.${path}` },
    { attributes: { name: path, namespace: 'three' }, fullName: `three.${path}` },
  )
}

interface Field {
  name: string
  type: AvroType
  fallback: { json: JsonValue; datum: unknown } | undefined
}

function recordTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  const fields = fc
    .uniqueArray(fc.constantFrom(...fieldNames), { maxLength: 4 })
    .chain((names) =>
      fc.tuple(
        ...names.map(
          (name, index): fc.Arbitrary<Field> =>
            avroTypes(depth - 1, `${path}${index}`).chain((type) =>
              fc
                .option(type.defaults ?? fc.constant(undefined), { nil: undefined })
                .map((fallback) => ({ name, type, fallback })),
            ),
        ),
      ),
    )
  return fc.tuple(named(path), fields).map(([{ attributes, fullName }, all]) => ({
    schema: {
      type: 'record',
      ...attributes,
      fields: all.map(({ name, type, fallback }) => ({
        name,
        type: type.schema,
        ...(fallback && { default: fallback.json }),
      })),
    },
    branch: fullName,
    values: recordValues(all),
  }))
}

function recordValues(fields: readonly Field[]): fc.Arbitrary<Sample> {
  const members = fields.map(({ name, type, fallback }) => {
    const given = type.values.map(({ datum, natural }) => ({ name, datum, natural: [natural] }))
    return fallback ? fc.oneof(given, fc.constant({ name, datum: fallback.datum, natural: [] })) : given
  })
  return fc.tuple(...members).map((all) => ({
    datum: Object.fromEntries(all.map(({ name, datum }) => [name, datum])),
    natural: Object.fromEntries(all.flatMap(({ name, natural }) => natural.map((value) => [name, value]))),
  }))
}

/** A record that contains itself, by its simple or its full name. */
function linkedTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  return fc
    .tuple(avroTypes(depth - 1, `${path}e`), named(path), fc.boolean())
    .map(([type, { attributes, fullName }, byFullName]) => {
      const link = byFullName ? fullName : path
      const chain = (length: number): fc.Arbitrary<Sample> =>
        length === 0 ? fc.constant({ datum: null, natural: null }) : fc.oneof(chain(0), linkOf(length))
      const linkOf = (length: number): fc.Arbitrary<Sample> =>
        fc.tuple(type.values, chain(length - 1), fc.boolean()).map(([value, next, explicit]) => ({
          datum: { value: value.datum, next: next.datum === null ? null : { [fullName]: next.datum } },
          natural: {
            value: value.natural,
            next: next.natural !== null && explicit ? { [fullName]: next.natural } : next.natural,
          },
        }))
      const fields = [
        { name: 'value', type: type.schema },
        { name: 'next', type: ['null', link], default: null },
      ]
      return { schema: { type: 'record', ...attributes, fields }, branch: fullName, values: linkOf(3) }
    })
}

function nullableTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  return inUnion(depth - 1, `${path}n`)
    .filter(({ branch }) => branch !== 'null')
    .map(({ schema, branch, values }) => ({
      schema: ['null', schema],
      branch: 'union',
      values: fc.oneof(
        fc.constant({ datum: null, natural: null }),
        fc.tuple(values, fc.boolean()).map(([{ datum, natural }, plain]) => ({
          datum: { [branch]: datum },
          natural: plain && !looksExplicit(natural, ['null', branch]) ? natural : { [branch]: natural },
        })),
      ),
      defaults: fc.constant({ json: null, datum: null }),
    }))
}

/** Unions of any kind; their values are always in the explicit form. */
function unionTypes(depth: number, path: string): fc.Arbitrary<AvroType> {
  const branches = [0, 1, 2, 3].map((index) => inUnion(depth - 1, `${path}u${index}`))
  return fc
    .tuple(...branches)
    .map((types) => types.filter(({ branch }, index) => types.findIndex((other) => other.branch === branch) === index))
    .map((types) => ({
      schema: types.map(({ schema }) => schema),
      branch: 'union',
      values: fc.oneof(
        ...types.map(({ branch, values }) =>
          values.map(({ datum, natural }) => ({
            datum: branch === 'null' ? null : { [branch]: datum },
            natural: branch === 'null' ? null : { [branch]: natural },
          })),
        ),
      ),
    }))
}

function looksExplicit(value: JsonValue, branches: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return keys.length === 1 && branches.includes(keys[0] as string)
}
