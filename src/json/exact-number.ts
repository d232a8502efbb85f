import { ExactNumber } from './json-value.ts'

/** The literal's own double where it says the same, digit for digit; else an {@link ExactNumber}. */
export function exactNumber(literal: string, double: number): number | ExactNumber {
  if (!Number.isFinite(double)) return new ExactNumber(literal)
  return sameDecimal(literal, String(double)) ? double : new ExactNumber(literal)
}

/** Whether two numbers are the same, digit for digit. */
export const sameNumber = (a: number | ExactNumber, b: number | ExactNumber): boolean => valueForm(a) === valueForm(b)

const valueForm = (number: number | ExactNumber): string =>
  normalForm(typeof number === 'number' ? String(number) : number.text).replace(/^-0$/, '0')

const sameDecimal = (a: string, b: string): boolean => a === b || normalForm(a) === normalForm(b)

/** `-1.50e3` becomes `-15e2`: the digits without zeros at either end, and the power of ten of the last one. */
function normalForm(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = withoutTrailingZeros(digits)
  if (significant === '') return `${sign}0`
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)
  return `${sign}${significant}e${power}`
}

// A regular expression (/0+$/) would take quadratic time on long runs of zeros.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(0, end)
}
