import { withoutCredentials } from './credentials.ts'

/** At most so many characters of a text that a caller chose, with an ellipsis where there were more. */
export function shortened(given: string, most: number): string {
  // Before anything is cut off by which a credential is known.
  const text = withoutCredentials(given)
  if (text.length <= most) return text
  const start = text.slice(0, most - 1)
  // Half of a character that takes two code units.
  return `${start.isWellFormed() ? start : start.slice(0, -1)}…`
}
