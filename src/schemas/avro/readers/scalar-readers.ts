import { ExactNumber, type JsonValue } from '../../../json/json-value.ts'
import type { ByteSource } from '../byte-source.ts'
import { formatDecimal } from '../formats/exact-decimal.ts'
import { formatDuration } from '../formats/iso-duration.ts'
import { formatDate, formatTime, formatTimestamp } from '../formats/iso-time.ts'
import { fromTwosComplement } from '../formats/twos-complement.ts'
import type { DecimalType, TemporalType } from '../schema-node.ts'
import type { Reader } from './reader.ts'

export const readNull: Reader = () => null

export const readBoolean: Reader = (source) => {
  const byte = source.byte()
  return byte > 1 ? source.fail('a boolean is neither 0 nor 1') : byte === 1
}

export const readInt: Reader = (source) => source.int()
export const readLong: Reader = (source) => longJson(source.long(), source)
export const readFloat: Reader = (source) => doubleJson(source.float())
export const readDouble: Reader = (source) => doubleJson(source.double())
export const readString: Reader = (source) => source.string()
export const readBytes: Reader = (source) => source.bytes().toString('base64')

export function fixedReader(size: number): Reader {
  return (source) => source.raw(size).toString('base64')
}

export const readUuidBytes: Reader = (source) =>
  source
    .raw(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

export const readDuration: Reader = (source) => {
  const bytes = source.raw(12)
  return formatDuration({ months: bytes.readUInt32LE(0), days: bytes.readUInt32LE(4), millis: bytes.readUInt32LE(8) })
}

export function enumReader(symbols: readonly string[]): Reader {
  return (source) => symbols[source.int()] ?? source.fail('an enum has no such symbol')
}

/** `fixedSize` undefined: as `bytes`. */
export function decimalReader({ precision, scale }: DecimalType, fixedSize: number | undefined): Reader {
  // As many bytes as the precision takes, and room for needless sign bytes, which some writers leave.
  const mostBytes = Math.max(fixedSize ?? 0, Math.ceil(precision * 0.416) + 16)
  const limit = 10n ** BigInt(precision)
  return (source) => {
    const bytes = fixedSize === undefined ? source.bytes() : source.raw(fixedSize)
    const unscaled = bytes.length > mostBytes ? limit : fromTwosComplement(bytes)
    if (unscaled >= limit || unscaled <= -limit) return source.fail('a decimal has more digits than its precision')
    return formatDecimal(unscaled, scale)
  }
}

const formats: Readonly<Record<TemporalType['name'], (units: number | bigint) => string | undefined>> = {
  date: (days) => formatDate(Number(days)),
  'time-millis': (units) => formatTime(Number(units), 3),
  'time-micros': (units) => formatTime(Number(units), 6),
  'timestamp-millis': (units) => formatTimestamp(units, 3, true),
  'timestamp-micros': (units) => formatTimestamp(units, 6, true),
  'timestamp-nanos': (units) => formatTimestamp(units, 9, true),
  'local-timestamp-millis': (units) => formatTimestamp(units, 3, false),
  'local-timestamp-micros': (units) => formatTimestamp(units, 6, false),
  'local-timestamp-nanos': (units) => formatTimestamp(units, 9, false),
}

/** ISO 8601; where that cannot show the value, the number that Avro stores. */
export function temporalReader({ name }: TemporalType, kind: 'int' | 'long'): Reader {
  const format = formats[name]
  if (kind === 'long') {
    return (source) => {
      const units = source.long()
      return format(units) ?? longJson(units, source)
    }
  }
  return (source) => {
    const units = source.int()
    return format(units) ?? units
  }
}

function longJson(value: number | bigint, source: ByteSource): JsonValue {
  if (source.longs === 'string') return String(value)
  return typeof value === 'number' ? value : new ExactNumber(String(value))
}

function doubleJson(value: number): JsonValue {
  if (!Number.isFinite(value)) return String(value)
  return Object.is(value, -0) ? new ExactNumber('-0') : value
}
