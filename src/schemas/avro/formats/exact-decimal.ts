import { ExactNumber } from '../../../json/json-value.ts'

/** digits × 10^exponent, without zeros at either end of the digits; zero has no digits. */
export interface ExactDecimal {
  negative: boolean
  digits: string
  exponent: number
}

const literal = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** The value of a JSON number literal, whatever its size; undefined where the text is none. */
export function parseDecimal(text: string): ExactDecimal | undefined {
  const match = literal.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const all = whole + fraction
  let start = 0
  let end = all.length
  while (start < end && all.charCodeAt(start) === 0x30) start++
  while (end > start && all.charCodeAt(end - 1) === 0x30) end--
  const exponent = Number(power) - fraction.length + (all.length - end)
  return { negative: sign === '-', digits: all.slice(start, end), exponent: start === end ? 0 : exponent }
}

/** What a JSON number says: a plain one says the shortest text of its double. */
export function decimalOf(value: number | ExactNumber): ExactDecimal {
  const text = value instanceof ExactNumber ? value.text : String(value)
  return parseDecimal(text) ?? { negative: false, digits: '', exponent: 0 }
}

/** value × 10^scale, where that is an integer of at most `mostDigits` digits. */
export function scaled(
  { negative, digits, exponent }: ExactDecimal,
  scale: number,
  mostDigits: number,
): bigint | 'not-exact' | 'out-of-range' {
  const zeros = exponent + scale
  if (digits === '') return 0n
  if (digits.length + zeros > mostDigits) return 'out-of-range'
  if (zeros < 0) return 'not-exact'
  const magnitude = BigInt(digits + '0'.repeat(zeros))
  return negative ? -magnitude : magnitude
}

/** `unscaled` × 10^-scale, with exactly `scale` digits after the point. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}
