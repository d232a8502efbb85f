const longestWord = 64
const mostEdits = 3

/** A word that may have been meant, prepared for being compared with many. */
export interface KnownWord {
  word: string
  folded: string
  letters: number
}

export function knownWord(word: string): KnownWord {
  const folded = fold(word)
  return { word, folded, letters: lettersOf(folded) }
}

/** {@link nearestWord} among words that are compared once. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  return nearestWord(word, Array.from(known, knownWord))
}

/**
 * The known word that `word` was most likely meant to be, if one is near: case, `_`, `-` and `.` do not count, and about
 * one character in three may be wrong, missing, too many or swapped with its neighbour. Never `word` itself.
 */
export function nearestWord(word: string, known: Iterable<KnownWord>): string | undefined {
  if (word.length > longestWord) return undefined
  const { folded: meant, letters } = knownWord(word)
  let nearest: string | undefined
  let least = Math.min(mostEdits, Math.max(1, Math.floor(meant.length / 3))) + 1
  for (const candidate of known) {
    const other = candidate.folded
    if (Math.abs(other.length - meant.length) >= least || candidate.word.length > longestWord) continue
    // An edit adds a letter, takes one away, or both.
    if (bitsIn(letters ^ candidate.letters) > 2 * (least - 1) || candidate.word === word) continue
    const edits = distance(meant, other, least)
    if (edits < least && edits < Math.max(meant.length, other.length)) {
      least = edits
      nearest = candidate.word
    }
  }
  return nearest
}

const fold = (word: string): string => word.toLowerCase().replace(/[_.-]/g, '')

/** Which characters a word has, as bits; some share one. */
function lettersOf(folded: string): number {
  let letters = 0
  for (let at = 0; at < folded.length; at++) letters |= 1 << (folded.charCodeAt(at) & 31)
  return letters
}

function bitsIn(letters: number): number {
  let bits = 0
  for (let rest = letters; rest !== 0; rest &= rest - 1) bits++
  return bits
}

// A character may be two in lower case.
const rowOf = (): Uint8Array => new Uint8Array(2 * longestWord + 1)
const rows = [rowOf(), rowOf(), rowOf()] as const

/** Optimal string alignment: edits and swaps of neighbours, each counted one. `limit` where there are as many or more. */
function distance(a: string, b: string, limit: number): number {
  let [beforePrevious, previous, current] = rows
  for (let column = 0; column <= b.length; column++) previous[column] = column
  for (let row = 1; row <= a.length; row++) {
    current[0] = row
    let fewest = row
    for (let column = 1; column <= b.length; column++) {
      const same = a.charCodeAt(row - 1) === b.charCodeAt(column - 1)
      let edits = Math.min(at(previous, column), at(current, column - 1), at(previous, column - 1) - (same ? 1 : 0)) + 1
      if (
        row > 1 &&
        a.charCodeAt(row - 1) === b.charCodeAt(column - 2) &&
        a.charCodeAt(row - 2) === b.charCodeAt(column - 1)
      )
        edits = Math.min(edits, at(beforePrevious, column - 2) + 1)
      current[column] = edits
      fewest = Math.min(fewest, edits)
    }
    if (fewest >= limit) return limit
    ;[beforePrevious, previous, current] = [previous, current, beforePrevious]
  }
  return at(previous, b.length)
}

const at = (row: Uint8Array, column: number): number => row[column] as number
