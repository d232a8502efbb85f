/** At most so many characters of a text that a caller chose, with an ellipsis where there were more. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const start = text.slice(0, most - 1)
  // Half of a character that takes two code units.
  return `${start.isWellFormed() ? start : start.slice(0, -1)}…`
}
