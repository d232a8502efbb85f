import { type KnownWord, knownWord } from '../../../errors/did-you-mean.ts'
import type { JsonValue } from '../../../json/json-value.ts'
import { ExactNumber } from '../../../json/json-value.ts'
import { type Encoding, oneOf } from '../encoding.ts'
import { decimalOf, parseDecimal, scaled } from '../formats/exact-decimal.ts'
import { parseDuration } from '../formats/iso-duration.ts'
import { toTwosComplement } from '../formats/twos-complement.ts'
import { type DecimalType, type EnumNode, typeName } from '../schema-node.ts'
import { Shape, scalarWriter, type Writer } from './writer.ts'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const stringWriter: Writer = scalarWriter(Shape.string, (value, run) => {
  if (typeof value !== 'string') run.fault('type-mismatch', 'string', value)
  else if (!value.isWellFormed()) run.fault('invalid-format', 'string without half a surrogate pair', value)
  else run.sink.string(value)
})

export const uuidWriter: Writer = scalarWriter(Shape.string, (value, run) => {
  if (isUuid(value, run)) run.sink.string(value)
})

export const uuidBytesWriter: Writer = scalarWriter(Shape.string, (value, run) => {
  if (isUuid(value, run)) run.sink.raw(Buffer.from(value.replaceAll('-', ''), 'hex'))
})

function isUuid(value: JsonValue, run: Encoding): value is string {
  if (typeof value !== 'string') run.fault('type-mismatch', 'uuid', value)
  else if (!uuidPattern.test(value))
    run.fault('invalid-format', 'uuid (such as 123e4567-e89b-12d3-a456-426614174000)', value)
  else return true
  return false
}

export const bytesWriter: Writer = scalarWriter(Shape.string, (value, run) => {
  const bytes = fromBase64(value, 'bytes as base64', run)
  if (bytes === undefined) return
  run.sink.int(bytes.length)
  run.sink.raw(bytes)
})

export function fixedWriter(size: number): Writer {
  const expected = `${size} bytes as base64`
  return scalarWriter(Shape.string, (value, run) => {
    const bytes = fromBase64(value, expected, run)
    if (bytes === undefined) return
    if (bytes.length === size) run.sink.raw(bytes)
    else run.fault('wrong-size', `${expected}, found ${bytes.length}`, value)
  })
}

function fromBase64(value: JsonValue, expected: string, run: Encoding): Buffer | undefined {
  if (typeof value !== 'string') {
    run.fault('type-mismatch', expected, value)
    return undefined
  }
  // Node's decoder skips whatever it does not know, so only what encodes back to the same text was base64.
  const bytes = Buffer.from(value, 'base64')
  if (bytes.toString('base64') === value) return bytes
  run.fault('invalid-format', expected, value)
  return undefined
}

export function enumWriter({ name, symbols }: EnumNode): Writer {
  const indexes = new Map(symbols.map((symbol, index) => [symbol, index]))
  const expected = oneOf(symbols)
  let words: readonly KnownWord[] | undefined
  return scalarWriter(Shape.string, (value, run) => {
    const index = indexes.get(value as string)
    if (index !== undefined) run.sink.int(index)
    else if (typeof value !== 'string') run.fault('type-mismatch', `a symbol of ${name}`, value)
    else {
      words ??= symbols.map(knownWord)
      run.fault('unknown-symbol', expected, value, run.suggest(value, words))
    }
  })
}

export const durationWriter: Writer = scalarWriter(Shape.string, (value, run) => {
  const expected = 'duration (such as P1M2DT3H)'
  const duration = typeof value === 'string' ? parseDuration(value) : 'type-mismatch'
  if (typeof duration === 'string') return run.fault(duration, expected, value)
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(duration.months, 0)
  bytes.writeUInt32LE(duration.days, 4)
  bytes.writeUInt32LE(duration.millis, 8)
  run.sink.raw(bytes)
})

/** `fixedSize` undefined: as `bytes`, of as many as it takes. */
export function decimalWriter(type: DecimalType, fixedSize: number | undefined): Writer {
  const expected = typeName({ kind: 'bytes', logical: type })
  return scalarWriter(Shape.number | Shape.string, (value, run) => {
    const unscaled = unscaledOf(value, type)
    if (typeof unscaled === 'string') return run.fault(unscaled, expected, value)
    const bytes = toTwosComplement(unscaled, fixedSize)
    if (fixedSize === undefined) run.sink.int(bytes.length)
    run.sink.raw(bytes)
  })
}

function unscaledOf(value: JsonValue, { precision, scale }: DecimalType) {
  if (typeof value === 'number' || value instanceof ExactNumber) return scaled(decimalOf(value), scale, precision)
  if (typeof value !== 'string') return 'type-mismatch'
  const decimal = parseDecimal(value)
  return decimal ? scaled(decimal, scale, precision) : 'invalid-format'
}
