import type { FormatFault } from './iso-time.ts'

/** Avro's `duration`: three unsigned 32-bit counts that are not converted into each other. */
export interface Duration {
  months: number
  days: number
  millis: number
}

const pattern =
  /^P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/
const largest = 0xffff_ffff

export function parseDuration(text: string): Duration | FormatFault {
  const match = pattern.exec(text)
  if (!match) return 'invalid-format'
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1, 8).map((part) => Number(part ?? 0))
  const fraction = match[8] ?? ''
  if (/[1-9]/.test(fraction.slice(3))) return 'not-exact'
  const duration = {
    months: times(years, 12) + times(months, 1),
    days: times(weeks, 7) + times(days, 1),
    millis:
      times(hours, 3_600_000) +
      times(minutes, 60_000) +
      times(seconds, 1000) +
      Number(fraction.slice(0, 3).padEnd(3, '0')),
  }
  return Math.max(duration.months, duration.days, duration.millis) <= largest ? duration : 'out-of-range'
}

const times = (count: number | undefined, unit: number): number => (count ?? 0) * unit

/** Months become years and months, milliseconds hours, minutes and seconds; days stay days. */
export function formatDuration({ months, days, millis }: Duration): string {
  const date = part(Math.floor(months / 12), 'Y') + part(months % 12, 'M') + part(days, 'D')
  const time =
    part(Math.floor(millis / 3_600_000), 'H') +
    part(Math.floor(millis / 60_000) % 60, 'M') +
    part((millis % 60_000) / 1000, 'S')
  if (date === '' && time === '') return 'PT0S'
  return `P${date}${time && `T${time}`}`
}

const part = (count: number, unit: string): string => (count === 0 ? '' : `${count}${unit}`)
