import type { NameStyle } from '../../config/sections/governance.ts'

const styles: Readonly<Record<NameStyle, RegExp>> = {
  PascalCase: /^[A-Z][A-Za-z0-9]*$/,
  camelCase: /^[a-z][A-Za-z0-9]*$/,
  snake_case: /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/,
  UPPER_SNAKE_CASE: /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/,
}

export function hasStyle(name: string, allowed: readonly NameStyle[]): boolean {
  return allowed.some((style) => styles[style].test(name))
}

/** The words of a name in another style. */
export function inStyle(name: string, style: NameStyle): string {
  const words = wordsOf(name.slice(0, longestName))
  switch (style) {
    case 'PascalCase':
      return words.map(capitalised).join('')
    case 'camelCase':
      return words.map((word, index) => (index === 0 ? word : capitalised(word))).join('')
    case 'snake_case':
      return words.join('_')
    case 'UPPER_SNAKE_CASE':
      return words.join('_').toUpperCase()
  }
}

/** The first of the listed words, or words joined by `_`, that stands in a name; a plural, or a number after it, changes nothing. */
export function listedIn(name: string, listed: readonly string[]): string | undefined {
  const known = foldedLists.get(listed) ?? listed.map(folded)
  foldedLists.set(listed, known)
  const words = folded(name)
  return listed[known.findIndex((item) => words.includes(item))]
}

// A policy's lists are looked for in every name of a schema.
const foldedLists = new WeakMap<readonly string[], readonly string[]>()
const longestName = 256

const folded = (name: string): string => {
  const words = wordsOf(name.slice(0, longestName))
  return `_${words.map((word) => word.replace(/s?\d*$/, '')).join('_')}_`
}

/** Whether a dotted name is the other one, or lies beneath it. */
export function isWithin(name: string, outer: string): boolean {
  return name === outer || name.startsWith(`${outer}.`)
}

/** In lower case: `HTTPStatus_code2` has `http`, `status`, `code2`. */
function wordsOf(name: string): string[] {
  const words = name.match(/[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+/g) ?? []
  return words.map((word) => word.toLowerCase())
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
