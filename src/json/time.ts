// RFC 3339 §5.6; a space may stand for the `+` that a URL turned into one.
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+ -]\d\d:\d\d)$/

/** Milliseconds since 1970 of an RFC 3339 time, cut to whole ones; undefined for other text. */
export function parseTime(text: string): number | undefined {
  const [, date, time, zone] = rfc3339.exec(text) ?? []
  if (date === undefined || zone === undefined) return undefined
  const day = Date.parse(`${date}T00:00:00Z`)
  // Date.parse takes a 30th of February for one of March.
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return undefined
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase().replace(' ', '+')}`)
  return Number.isNaN(ms) ? undefined : ms
}

// Events that are written, read or logged together have few different times among them.
const slots = 64
const known = Array.from({ length: slots }, () => ({ ms: 0, text: formatted(0) }))

/** RFC 3339 in UTC, to the millisecond. `ms` is a whole number of milliseconds since 1970. */
export function formatTime(ms: number): string {
  const slot = known[ms % slots]
  if (slot === undefined) return formatted(ms)
  if (slot.ms !== ms) {
    slot.ms = ms
    slot.text = formatted(ms)
  }
  return slot.text
}

function formatted(ms: number): string {
  return new Date(ms).toISOString()
}
