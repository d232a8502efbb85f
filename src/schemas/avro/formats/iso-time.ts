/** Why a text is not a value of a temporal type. */
export type FormatFault = 'invalid-format' | 'not-exact' | 'out-of-range'

const daySeconds = 86_400
// ECMAScript's time range, ±100,000,000 days, is what its six-digit years can show.
const lastDay = 100_000_000
const lastSecond = lastDay * daySeconds

const datePattern = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)$/
const timePattern = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?$/
const zonePattern = /(?:Z|([+-])(\d\d):(\d\d))$/

/** Days since 1970-01-01. */
export function parseDate(text: string): number | FormatFault {
  const [, year, month, day] = datePattern.exec(text) ?? []
  if (year === undefined || year === '-000000') return 'invalid-format'
  const date = new Date(0)
  const time = date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (Number.isNaN(time))
    return isCalendarDay(Number(year), Number(month), Number(day)) ? 'out-of-range' : 'invalid-format'
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return 'invalid-format'
  const days = time / 1000 / daySeconds
  return days < lastDay ? days : 'out-of-range'
}

// The calendar repeats after 400 years.
function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000 + (year % 400), month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** The text of a day, or undefined where ISO 8601 as ECMAScript writes it cannot show it. */
export function formatDate(days: number): string | undefined {
  if (days < -lastDay || days >= lastDay) return undefined
  return new Date(days * daySeconds * 1000).toISOString().slice(0, -'T00:00:00.000Z'.length)
}

/** Units of 10^-digits seconds since midnight. */
export function parseTime(text: string, digits: number): number | FormatFault {
  const [, hour, minute, second = '0', fraction = ''] = timePattern.exec(text) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return 'invalid-format'
  if (/[1-9]/.test(fraction.slice(digits))) return 'not-exact'
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  return seconds * 10 ** digits + Number(fraction.slice(0, digits).padEnd(digits, '0'))
}

export function formatTime(units: number, digits: number): string | undefined {
  const perSecond = 10 ** digits
  if (units < 0 || units >= daySeconds * perSecond) return undefined
  const seconds = Math.floor(units / perSecond)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${clock.map((part) => String(part).padStart(2, '0')).join(':')}.${fractionOf(units % perSecond, digits)}`
}

/** Units of 10^-digits seconds since 1970-01-01T00:00Z. With a zone the text must name one, without it must not. */
export function parseTimestamp(text: string, digits: number, zoned: boolean): number | bigint | FormatFault {
  const zone = zonePattern.exec(text.slice(11))
  if ((zone !== null) !== zoned) return 'invalid-format'
  const [, sign, hours = '0', minutes = '0'] = zone ?? []
  if (Number(hours) > 23 || Number(minutes) > 59) return 'invalid-format'
  const local = zone ? text.slice(0, -zone[0].length) : text
  const split = local.indexOf('T')
  const days = parseDate(local.slice(0, Math.max(0, split)))
  const time = parseTime(local.slice(split + 1), digits)
  if (days === 'invalid-format' || time === 'invalid-format') return 'invalid-format'
  if (typeof days === 'string') return days
  if (typeof time === 'string') return time
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60)
  const seconds = days * daySeconds - (sign === undefined ? 0 : offset)
  return secondsToUnits(seconds, time, digits)
}

function secondsToUnits(seconds: number, time: number, digits: number): number | bigint | FormatFault {
  const all = seconds + Math.floor(time / 10 ** digits)
  if (all < -lastSecond || all >= lastSecond) return 'out-of-range'
  const units = seconds * 10 ** digits + time
  if (Number.isSafeInteger(units)) return units
  const exact = BigInt(seconds) * 10n ** BigInt(digits) + BigInt(time)
  return BigInt.asIntN(64, exact) === exact ? exact : 'out-of-range'
}

export function formatTimestamp(units: number | bigint, digits: number, zoned: boolean): string | undefined {
  const { seconds, fraction } = typeof units === 'number' ? splitNumber(units, digits) : splitBigInt(units, digits)
  if (seconds < -lastSecond || seconds >= lastSecond) return undefined
  const whole = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)
  return `${whole}.${fractionOf(fraction, digits)}${zoned ? 'Z' : ''}`
}

function splitNumber(units: number, digits: number): { seconds: number; fraction: number } {
  const perSecond = 10 ** digits
  const fraction = ((units % perSecond) + perSecond) % perSecond
  return { seconds: (units - fraction) / perSecond, fraction }
}

function splitBigInt(units: bigint, digits: number): { seconds: number; fraction: number } {
  const perSecond = 10n ** BigInt(digits)
  const fraction = ((units % perSecond) + perSecond) % perSecond
  return { seconds: Number((units - fraction) / perSecond), fraction: Number(fraction) }
}

const fractionOf = (fraction: number, digits: number): string => String(fraction).padStart(digits, '0')
