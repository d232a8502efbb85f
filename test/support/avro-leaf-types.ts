import fc from 'fast-check'
import { ExactNumber, type JsonObject, type JsonValue } from '../../src/json/json-value.ts'

export interface Sample {
  datum: unknown
  natural: JsonValue
}

/** A schema with its values, and with defaults where it may stand in a field that has one. */
export interface AvroType {
  schema: JsonValue
  /** The name of the type as a branch of a union. */
  branch: string
  values: fc.Arbitrary<Sample>
  defaults?: fc.Arbitrary<{ json: JsonValue; datum: unknown }>
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 62n, 0n, -1n),
)
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array))
const strings = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.string({ minLength: 60, maxLength: 80 }),
  fc.constantFrom('', 'NaN', '5', '__proto__', 'é', '2026-01-31', 'AAAA', '123e4567-e89b-12d3-a456-426614174000'),
)
/** With a namespace of its own, so that the enclosing one does not matter. */
const leafName = (path: string): string => `leaf.${path}`
const same = <T extends JsonValue>(value: T): Sample => ({ datum: value, natural: value })
const numberOf = (text: string): JsonValue => new ExactNumber(text)

const fixedTypes = (path: string): fc.Arbitrary<AvroType> =>
  fc.nat({ max: 5 }).map((size) => ({
    schema: { type: 'fixed', name: leafName(path), size },
    branch: leafName(path),
    values: fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((array) => ({ datum: Buffer.from(array), natural: Buffer.from(array).toString('base64') })),
  }))

const enumTypes = (path: string): fc.Arbitrary<AvroType> => {
  const symbols = ['RED', 'GREEN', 'NaN', 'AAAA']
  const symbol = fc.constantFrom(...symbols)
  return fc.constant({
    schema: { type: 'enum', name: leafName(path), symbols },
    branch: leafName(path),
    values: symbol.map(same),
    defaults: symbol.map((json) => ({ json, datum: json })),
  })
}

const floating = (kind: 'float' | 'double'): AvroType => ({
  schema: kind,
  branch: kind,
  values: fc
    .oneof(
      kind === 'float' ? fc.float() : fc.double(),
      fc.integer({ min: -999, max: 999 }),
      fc.constantFrom(-0, 2 ** 62, 1e23),
    )
    .map((value) => (kind === 'float' ? Math.fround(value) : value))
    .map((datum) => ({ datum, natural: floatNatural(datum) })),
  defaults: fc.constantFrom(0, 1.5, -7).map((json) => ({ json, datum: json })),
})

function floatNatural(value: number): JsonValue {
  if (!Number.isFinite(value)) return String(value)
  return Object.is(value, -0) ? numberOf('-0') : value
}

const primitives: readonly AvroType[] = [
  { schema: 'null', branch: 'null', values: fc.constant(same(null)) },
  { schema: { type: 'boolean' }, branch: 'boolean', values: fc.boolean().map(same) },
  {
    schema: 'int',
    branch: 'int',
    values: fc.integer().map(same),
    defaults: fc.integer().map((json) => ({ json, datum: json })),
  },
  {
    schema: 'long',
    branch: 'long',
    values: fc.tuple(int64, fc.boolean()).map(([datum, text]) => ({
      datum,
      natural: text ? String(datum) : numberOf(String(datum)),
    })),
    // avsc copies defaults through doubles.
    defaults: fc.maxSafeInteger().map((json) => ({ json, datum: BigInt(json) })),
  },
  floating('float'),
  floating('double'),
  {
    schema: 'string',
    branch: 'string',
    values: strings.map(same),
    defaults: strings.map((json) => ({ json, datum: json })),
  },
  {
    schema: 'bytes',
    branch: 'bytes',
    values: bytes.map((datum) => ({ datum, natural: datum.toString('base64') })),
    defaults: bytes.map((datum) => ({ json: datum.toString('latin1'), datum })),
  },
  {
    schema: { type: 'string', logicalType: 'uuid' },
    branch: 'string',
    values: fc.uuid().map(same),
  },
  { schema: { type: 'int', logicalType: 'no-such-type' }, branch: 'int', values: fc.integer().map(same) },
]

const day = 86_400_000
const dates: AvroType = {
  schema: { type: 'int', logicalType: 'date' },
  branch: 'int',
  values: fc.oneof(
    fc.integer({ min: -99_999_999, max: 99_999_999 }).map((datum) => ({
      datum,
      natural: new Date(datum * day).toISOString().split('T')[0] as string,
    })),
    fc.integer().map(same),
  ),
}

const fraction = (units: bigint, digits: number): string => String(units).padStart(digits, '0')
const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19)

const times = (kind: 'int' | 'long', logicalType: string, digits: number): AvroType => ({
  schema: { type: kind, logicalType },
  branch: kind,
  values: fc.nat({ max: 86_400 * 10 ** digits - 1 }).map((units) => ({
    datum: kind === 'int' ? units : BigInt(units),
    natural: `${clock(Math.floor(units / 10 ** digits))}.${fraction(BigInt(units % 10 ** digits), digits)}`,
  })),
})

function timestamps(logicalType: string, digits: number, zoned: boolean): AvroType {
  const perSecond = 10n ** BigInt(digits)
  const limit = 8_640_000_000_000n * perSecond
  const most = limit < 2n ** 63n ? limit : 2n ** 63n
  const recent = fc.bigInt({ min: 0n, max: 4_000_000_000n * perSecond })
  const shown = fc.tuple(fc.oneof(recent, fc.bigInt({ min: -most, max: most - 1n })), fc.constantFrom(0, 120, -330))
  return {
    schema: { type: 'long', logicalType },
    branch: 'long',
    values: fc.oneof(
      shown.map(([datum, offset]) => ({ datum, natural: isoText(datum, zoned ? offset : 0, zoned) })),
      int64.map((datum) => ({ datum, natural: numberOf(String(datum)) })),
    ),
  }

  function isoText(units: bigint, offsetMinutes: number, hasZone: boolean): string {
    const part = ((units % perSecond) + perSecond) % perSecond
    const seconds = Number((units - part) / perSecond)
    const shifted = new Date((seconds + offsetMinutes * 60) * 1000)
    const shows = !Number.isNaN(shifted.getTime())
    const date = (shows ? shifted : new Date(seconds * 1000)).toISOString().slice(0, -5)
    return `${date}.${fraction(part, digits)}${hasZone ? zoneText(shows ? offsetMinutes : 0) : ''}`
  }
}

function zoneText(minutes: number): string {
  if (minutes === 0) return 'Z'
  const size = Math.abs(minutes)
  const part = (count: number): string => String(Math.floor(count)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${part(size / 60)}:${part(size % 60)}`
}

const temporals: readonly AvroType[] = [
  dates,
  times('int', 'time-millis', 3),
  times('long', 'time-micros', 6),
  ...['', 'local-'].flatMap((prefix) => [
    timestamps(`${prefix}timestamp-millis`, 3, prefix === ''),
    timestamps(`${prefix}timestamp-micros`, 6, prefix === ''),
    timestamps(`${prefix}timestamp-nanos`, 9, prefix === ''),
  ]),
]

function decimals(path: string): fc.Arbitrary<AvroType> {
  return fc
    .tuple(fc.integer({ min: 1, max: 16 }), fc.nat({ max: 16 }), fc.boolean())
    .map(([precision, some, isFixed]) => {
      const scale = Math.min(some, precision)
      const most = 10n ** BigInt(precision) - 1n
      const logical: JsonObject = { logicalType: 'decimal', precision, scale }
      return {
        schema: isFixed ? { type: 'fixed', name: leafName(path), size: 8, ...logical } : { type: 'bytes', ...logical },
        branch: isFixed ? leafName(path) : 'bytes',
        values: fc.tuple(fc.bigInt({ min: -most, max: most }), fc.boolean()).map(([unscaled, asNumber]) => {
          const text = decimalText(unscaled, scale)
          return { datum: bigEndian(unscaled, isFixed), natural: asNumber ? numberOf(text) : text }
        }),
      }
    })
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const split = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ''}`
}

function bigEndian(value: bigint, allBytes: boolean): Buffer {
  const whole = Buffer.alloc(8)
  whole.writeBigInt64BE(value)
  let start = 0
  const isSign = (at: number): boolean => whole.readInt8(at) === (whole.readInt8(at + 1) < 0 ? -1 : 0)
  while (!allBytes && start < 7 && isSign(start)) start++
  return whole.subarray(start)
}

const uuidBytes = (path: string): AvroType => ({
  schema: { type: 'fixed', name: leafName(path), size: 16, logicalType: 'uuid' },
  branch: leafName(path),
  values: fc.uuid().map((natural) => ({ datum: Buffer.from(natural.replaceAll('-', ''), 'hex'), natural })),
})

const durations = (path: string): AvroType => {
  const count = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  return {
    schema: { type: 'fixed', name: leafName(path), size: 12, logicalType: 'duration' },
    branch: leafName(path),
    values: fc.tuple(count, count, count).map(([months, days, millis]) => ({
      datum: Buffer.from(new Uint32Array([months, days, millis]).buffer),
      natural: `P${months}M${days}DT${Math.floor(millis / 1000)}.${fraction(BigInt(millis % 1000), 3)}S`,
    })),
  }
}

export function leafTypes(path: string): fc.Arbitrary<AvroType> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...primitives) },
    { weight: 4, arbitrary: fc.constantFrom(...temporals) },
    fixedTypes(path),
    enumTypes(path),
    decimals(path),
    fc.constantFrom(uuidBytes(path), durations(path)),
  )
}
