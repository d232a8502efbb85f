/** Regular expressions of what natural JSON writes as text, without the `^` and `$` around them. */

// The calendar but for leap years.
const day = '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))'
const minutes = '(?:[01]\\d|2[0-3]):[0-5]\\d'

export const date = `(?:\\d{4}|(?!-0{6})[+-]\\d{6})-${day}`
export const zone = `(?:Z|[+-]${minutes})`
export const longText = '-?(?:0|[1-9]\\d{0,18})'
export const uuid = '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'

/** Zeros beyond the digits that are kept are no precision. */
export const time = (digits: number): string => `${minutes}(?::[0-5]\\d(?:\\.\\d{1,${digits}}0*)?)?`
export const fullTime = (digits: number): string => `${minutes}:[0-5]\\d\\.\\d{${digits}}`

export const duration =
  'P(?=\\d|T\\d)(?:\\d+Y)?(?:\\d+M)?(?:\\d+W)?(?:\\d+D)?(?:T(?=\\d)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d{1,3}0*)?S)?)?'

// RFC 4648 §3.5: the bits that no byte has are zero. By how many characters are left over after groups of four.
const two = '[A-Za-z0-9+/][AQgw]=='
const three = '[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]='

/** Of `size` bytes, or of any number of them; of the first, the length is to be asked for as well. */
export function base64(size?: number): string {
  const groups = '(?:[A-Za-z0-9+/]{4})*'
  if (size === undefined) return `${groups}(?:${two}|${three})?`
  return groups + (['', two, three][size % 3] as string)
}

/** What fits a decimal; with an exponent, what is a number. */
export function decimal(precision: number, scale: number): string {
  const whole = precision === scale ? '0' : `(?:0|[1-9]\\d{0,${precision - scale - 1}})`
  const fraction = scale === 0 ? '(?:\\.0+)?' : `(?:\\.\\d{1,${scale}}0*)?`
  return `-?(?:${whole}${fraction}|(?:0|[1-9]\\d*)(?:\\.\\d+)?[eE][+-]?\\d+)`
}

/** As the gateway writes it. */
export const writtenDecimal = (scale: number): string => (scale === 0 ? '-?\\d+' : `-?\\d+\\.\\d{${scale}}`)
