const longestWord = 64

/**
 * The known word that `word` was most likely meant to be, if one is near: case, `_`, `-` and `.` do not count, and about
 * one character in three may be wrong, missing, too many or swapped with its neighbour. Never `word` itself.
 */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined
  const meant = fold(word)
  let nearest: string | undefined
  let least = Math.min(3, Math.max(1, Math.floor(meant.length / 3))) + 1
  for (const candidate of known) {
    if (candidate === word || candidate.length > longestWord) continue
    const other = fold(candidate)
    if (Math.abs(other.length - meant.length) >= least) continue
    const edits = distance(meant, other)
    if (edits < least && edits < Math.max(meant.length, other.length)) {
      least = edits
      nearest = candidate
    }
  }
  return nearest
}

const fold = (word: string): string => word.toLowerCase().replace(/[_.-]/g, '')

/** Optimal string alignment: edits and swaps of neighbours, each counted one. */
function distance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
        swapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, b.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
