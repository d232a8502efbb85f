/** The preferences of RFC 7240 that publishing honours. None changes what is written. */
export interface Preferences {
  waitMs?: number
  minimal: boolean
  /** For the header `Preference-Applied`. */
  applied: string[]
}

/** Reads `Prefer`. What is not understood is ignored (RFC 7240 §2). */
export function parsePreferences(header: string | undefined): Preferences {
  const preferences: Preferences = { minimal: false, applied: [] }
  if (header === undefined) return preferences
  for (const preference of header.split(',').map((part) => part.trim().toLowerCase())) {
    const wait = /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1]
    if (wait !== undefined && Number(wait) > 0 && preferences.waitMs === undefined) {
      preferences.waitMs = Number(wait) * 1000
      preferences.applied.push(`wait=${wait}`)
    } else if (/^return\s*=\s*"?minimal"?$/.test(preference) && !preferences.minimal) {
      preferences.minimal = true
      preferences.applied.push('return=minimal')
    }
  }
  return preferences
}
