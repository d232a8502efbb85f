import fc from 'fast-check'
import type { ViolationCode } from '../../src/errors/violation.ts'
import { escapeSegment } from '../../src/json/json-pointer.ts'
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../../src/json/json-value.ts'
import { parseJson } from '../../src/json/parse-json.ts'
import { parseSchema } from '../../src/schemas/avro/parse-schema.ts'
import { branchName, type SchemaNode, type UnionNode } from '../../src/schemas/avro/schema-node.ts'
import { avroSamples } from './avro-arbitraries.ts'

export interface FaultySample {
  schema: JsonValue
  /** Natural JSON with faults. */
  natural: JsonValue
  /** `pointer code` of each of them, sorted. */
  expected: readonly string[]
}

interface Fault {
  path: readonly string[]
  code: ViolationCode
  /** What stands there instead; undefined takes the member out. */
  value: JsonValue | undefined
}

const mostFaults = 5

/** Samples of {@link avroSamples} with one to five faults in them, none inside another. */
export function faultySamples(): fc.Arbitrary<FaultySample> {
  const picks = fc.array(fc.nat(), { minLength: 1, maxLength: mostFaults })
  return fc
    .tuple(avroSamples(), picks)
    .map(([{ schema, natural }, picked]) => {
      const all = faultsOf(parseSchema(JSON.stringify(schema), []), natural, [])
      const faults: Fault[] = []
      for (const pick of picked) {
        const fault = all[pick % Math.max(1, all.length)]
        if (fault && !faults.some(({ path }) => overlaps(path, fault.path))) faults.push(fault)
      }
      return { schema, natural: faults.reduce(withFault, copyOf(natural)), expected: faults.map(asText).sort() }
    })
    .filter(({ expected }) => expected.length > 0)
}

const pointerOf = (path: readonly string[]): string => path.map((segment) => `/${escapeSegment(segment)}`).join('')

const asText = ({ path, code }: Fault): string => `${pointerOf(path)} ${code}`

const copyOf = (value: JsonValue): JsonValue => parseJson(Buffer.from(JSON.stringify(value)), 64)

const overlaps = (one: readonly string[], other: readonly string[]): boolean =>
  one.slice(0, other.length).every((segment, index) => segment === other[index])

function withFault(root: JsonValue, { path, value }: Fault): JsonValue {
  const last = path.at(-1)
  if (last === undefined) return value ?? null
  let parent = root as JsonObject
  for (const segment of path.slice(0, -1)) parent = parent[segment] as JsonObject
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return root
}

function faultsOf(node: SchemaNode, value: JsonValue, path: readonly string[]): Fault[] {
  const fault = (code: ViolationCode, wrong: JsonValue): Fault => ({ path, code, value: wrong })
  if (node.kind === 'union') return unionFaults(node, value, path)
  return [
    fault('type-mismatch', node.kind === 'boolean' ? 'true' : true),
    ...ownFaults(node, fault),
    ...partFaults(node, value, path),
  ]
}

function ownFaults(node: SchemaNode, fault: (code: ViolationCode, wrong: JsonValue) => Fault): Fault[] {
  const logical = 'logical' in node ? node.logical : undefined
  if (logical?.name === 'decimal') {
    return [
      fault('invalid-format', '1,5'),
      fault('not-exact', `0.${'0'.repeat(logical.scale)}1`),
      fault('out-of-range', new ExactNumber(`1e${logical.precision - logical.scale}`)),
    ]
  }
  if (logical) return logicalFaults[logical.name]?.map(([code, wrong]) => fault(code, wrong)) ?? []
  if (node.kind === 'fixed') return [fault('wrong-size', Buffer.alloc(node.size + 1).toString('base64'))]
  return plainFaults[node.kind]?.map(([code, wrong]) => fault(code, wrong)) ?? []
}

type Wrong = readonly [ViolationCode, JsonValue]

const plainFaults: Readonly<Record<string, readonly Wrong[]>> = {
  int: [
    ['out-of-range', 2 ** 31],
    ['out-of-range', -(2 ** 31) - 1],
    ['not-exact', 1.5],
  ],
  long: [
    ['out-of-range', new ExactNumber('9223372036854775808')],
    ['out-of-range', '-9223372036854775809'],
    ['not-exact', 0.5],
    ['invalid-format', '12x'],
    ['invalid-format', ''],
  ],
  float: [
    ['out-of-range', 1e39],
    ['out-of-range', new ExactNumber('1e400')],
    ['not-exact', 16_777_217],
  ],
  double: [
    ['out-of-range', new ExactNumber('1e400')],
    ['not-exact', new ExactNumber('9007199254740993')],
  ],
  bytes: [
    ['invalid-format', '%'],
    ['invalid-format', 'AA'],
    ['invalid-format', 'AB=='],
  ],
  enum: [['unknown-symbol', 'red']],
}

const logicalFaults: Readonly<Record<string, readonly Wrong[]>> = {
  date: [
    ['invalid-format', '2026-02-30'],
    ['out-of-range', 2 ** 31],
  ],
  'time-millis': [
    ['invalid-format', '24:00:00'],
    ['not-exact', '10:00:00.0001'],
  ],
  'time-micros': [['not-exact', '10:00:00.0000001']],
  'timestamp-millis': [
    ['invalid-format', '2026-01-31T10:00:00'],
    ['not-exact', '2026-01-31T10:00:00.0001Z'],
    ['out-of-range', '+999999-01-01T00:00:00Z'],
  ],
  'timestamp-micros': [['not-exact', '2026-01-31T10:00:00.0000001Z']],
  'timestamp-nanos': [
    ['out-of-range', '2300-01-01T00:00:00Z'],
    ['not-exact', '2026-01-31T10:00:00.0000000001Z'],
  ],
  'local-timestamp-millis': [['invalid-format', '2026-01-31T10:00:00Z']],
  'local-timestamp-micros': [['invalid-format', 'yesterday']],
  'local-timestamp-nanos': [['out-of-range', '1600-01-01T00:00:00']],
  uuid: [['invalid-format', 'not-a-uuid']],
  duration: [
    ['invalid-format', 'P'],
    ['not-exact', 'PT0.0001S'],
    ['out-of-range', 'P4294967296M'],
  ],
}

function partFaults(node: SchemaNode, value: JsonValue, path: readonly string[]): Fault[] {
  if (node.kind === 'array') {
    return (value as JsonValue[]).flatMap((item, index) => faultsOf(node.items, item, [...path, String(index)]))
  }
  if (node.kind === 'map') {
    return Object.entries(value as JsonObject).flatMap(([key, item]) => faultsOf(node.values, item, [...path, key]))
  }
  if (node.kind !== 'record') return []
  const inFields = node.fields.flatMap(({ name, type, default: fallback }): Fault[] => {
    const member = (value as JsonObject)[name]
    if (member === undefined || !Object.hasOwn(value as JsonObject, name)) return []
    const missing: Fault[] =
      fallback === undefined ? [{ path: [...path, name], code: 'missing-field', value: undefined }] : []
    return [...missing, ...faultsOf(type, member, [...path, name])]
  })
  return [{ path: [...path, 'no~such/field'], code: 'unknown-field', value: 1 }, ...inFields]
}

function unionFaults({ branches }: UnionNode, value: JsonValue, path: readonly string[]): Fault[] {
  const own: Fault[] = []
  if (branches.every(({ kind }) => kind !== 'boolean')) own.push({ path, code: 'no-union-branch', value: true })
  if (branches.every(({ kind }) => kind !== 'array')) own.push({ path, code: 'no-union-branch', value: [] })
  if (value === null) return own
  const only = isJsonObject(value) ? Object.keys(value) : []
  const explicit = branches.find((branch) => only.length === 1 && branchName(branch) === only[0])
  if (explicit) {
    const name = branchName(explicit)
    return [...own, ...faultsOf(explicit, (value as JsonObject)[name] ?? null, [...path, name])]
  }
  // Written plainly by the generator only where `null` is the one other branch: faults that keep the JSON type are the branch's.
  const branch = branches.find(({ kind }) => kind !== 'null') as SchemaNode
  return [
    ...own,
    ...faultsOf(branch, value, path).filter(({ code, path: at }) => at !== path || code !== 'type-mismatch'),
  ]
}
