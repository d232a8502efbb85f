import { sameNumber } from '../../../json/exact-number.ts'
import { ExactNumber, type JsonValue } from '../../../json/json-value.ts'
import type { Encoding, FaultCode } from '../encoding.ts'
import { decimalOf } from '../formats/exact-decimal.ts'
import { isNotFinite, Shape, scalarWriter, type Writer } from './writer.ts'

const largestFloat = (2 - 2 ** -23) * 2 ** 127

export const doubleWriter: Writer = scalarWriter(Shape.number | Shape.notFinite, (value, run) => {
  if (typeof value === 'number') run.sink.double(value)
  else if (typeof value === 'string' && isNotFinite(value)) run.sink.double(Number(value))
  else if (value instanceof ExactNumber)
    writeExact(value, 'double', doubleFault, (double) => run.sink.double(double), run)
  else run.fault('type-mismatch', 'double', value)
})

export const floatWriter: Writer = scalarWriter(Shape.number | Shape.notFinite, (value, run) => {
  if (typeof value === 'number') {
    const fault = floatFault(value)
    if (fault) run.fault(fault, 'float', value)
    else run.sink.float(value)
  } else if (typeof value === 'string' && isNotFinite(value)) run.sink.float(Number(value))
  else if (value instanceof ExactNumber) writeExact(value, 'float', floatFault, (float) => run.sink.float(float), run)
  else run.fault('type-mismatch', 'float', value)
})

/** Whether a float holds the very value that a double holds. */
export function isExactFloat(value: JsonValue): boolean {
  return typeof value === 'number'
    ? Math.fround(value) === value
    : !(value instanceof ExactNumber) || isNegativeZero(value)
}

/** Whether a double holds the very value that the JSON number says, the shortest text of a double being that double. */
export function isExactDouble(value: JsonValue): boolean {
  if (!(value instanceof ExactNumber)) return true
  const double = Number(value.text)
  return isNegativeZero(value) || (Number.isInteger(double) && saysInteger(value) && isIntegerOf(value, double))
}

export function isNegativeZero(value: JsonValue): boolean {
  if (value instanceof ExactNumber) return Object.is(Number(value.text), -0) && decimalOf(value).digits === ''
  return Object.is(value, -0)
}

function writeExact(
  value: ExactNumber,
  expected: string,
  faultOf: (double: number) => FaultCode | undefined,
  write: (double: number) => void,
  run: Encoding,
): void {
  const double = Number(value.text)
  const fault = doubleFault(double, value) ?? faultOf(double)
  if (fault) run.fault(fault, expected, value)
  else write(double)
}

// A fraction is rounded, as every JSON parser does; an integer is an identity or a count, and never changed.
function doubleFault(double: number, value?: ExactNumber): FaultCode | undefined {
  if (!Number.isFinite(double)) return 'out-of-range'
  if (value === undefined) return undefined
  if (double === 0 && decimalOf(value).digits !== '') return 'out-of-range'
  return saysInteger(value) && !isIntegerOf(value, double) ? 'not-exact' : undefined
}

function floatFault(double: number): FaultCode | undefined {
  const float = Math.fround(double)
  if (float === double) return undefined
  if (Math.abs(double) > largestFloat || float === 0) return 'out-of-range'
  return Number.isSafeInteger(double) ? 'not-exact' : undefined
}

const saysInteger = (value: ExactNumber): boolean => decimalOf(value).exponent >= 0

// A long that was read is an exact number where the same digits, parsed, are the double whose shortest text they are.
const isIntegerOf = (value: ExactNumber, double: number): boolean =>
  BigInt(double) === integerOf(value) || sameNumber(value, double)

// The double is finite here, which bounds the exponent.
function integerOf(value: ExactNumber): bigint {
  const { negative, digits, exponent } = decimalOf(value)
  const magnitude = BigInt(`${digits || '0'}${'0'.repeat(exponent)}`)
  return negative ? -magnitude : magnitude
}
