import { ExactNumber, type JsonValue } from '../../../json/json-value.ts'
import type { Encoding, FaultCode } from '../encoding.ts'
import { decimalOf, scaled } from '../formats/exact-decimal.ts'
import { Shape, scalarWriter, type Writer } from './writer.ts'

const mostDigits = 19
const decimalInteger = /^-?(?:0|[1-9]\d{0,18})$/
const anyInteger = /^-?(?:0|[1-9]\d*)$/

export const intWriter: Writer = scalarWriter(Shape.number, (value, run) => {
  if (typeof value === 'number' && (value | 0) === value) run.sink.int(value)
  else writeInt(value, 'int', run)
})

export const longWriter: Writer = scalarWriter(Shape.number | Shape.string, (value, run) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) run.sink.long(value)
  else writeLong(value, 'long', run)
})

export function writeInt(value: JsonValue, expected: string, run: Encoding): void {
  const integer = typeof value === 'string' ? 'type-mismatch' : integerOf(value)
  if (typeof integer === 'string') run.fault(integer, expected, value)
  else if (typeof integer === 'number' && (integer | 0) === integer) run.sink.int(integer)
  else run.fault('out-of-range', expected, value)
}

export function writeLong(value: JsonValue, expected: string, run: Encoding): void {
  const integer = integerOf(value)
  if (typeof integer === 'string') run.fault(integer, expected, value)
  else run.sink.long(integer)
}

/** What a JSON number, or a string of decimal digits, says as a 64-bit integer; else what is wrong with it. */
function integerOf(value: JsonValue): number | bigint | FaultCode {
  if (typeof value === 'string') return integerOfText(value)
  if (typeof value !== 'number' && !(value instanceof ExactNumber)) return 'type-mismatch'
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  const integer = scaled(decimalOf(value), 0, mostDigits)
  return typeof integer === 'string' ? integer : in64Bits(integer)
}

function integerOfText(text: string): number | bigint | FaultCode {
  if (decimalInteger.test(text)) return in64Bits(BigInt(text))
  return anyInteger.test(text) ? 'out-of-range' : 'invalid-format'
}

function in64Bits(integer: bigint): number | bigint | FaultCode {
  if (BigInt.asIntN(64, integer) !== integer) return 'out-of-range'
  const double = Number(integer)
  return Number.isSafeInteger(double) ? double : integer
}
