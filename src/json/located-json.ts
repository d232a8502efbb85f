import { segmentsOf } from './json-pointer.ts'

/** Both from 1; columns in UTF-16 code units, as editors count them. */
export interface JsonPlace {
  line: number
  column: number
}

export interface JsonFault extends JsonPlace {
  message: string
}

/** Where the values of a JSON text stand. */
export interface LocatedJson {
  /** Names that an object has twice, and the first thing that is not JSON. */
  faults: readonly JsonFault[]
  /** The place of the value, or of the nearest one around it that the text has. */
  placeOf(pointer: string): JsonPlace
}

/** `maxDepth` is the deepest nesting that is followed. */
export function locateJson(text: string, maxDepth: number): LocatedJson {
  const scanner = new Scanner(text, maxDepth)
  const root = scanner.scan()
  const lineStarts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map(({ index, 0: end }) => index + end.length)]
  const placeAt = (offset: number): JsonPlace => {
    const line = lineOf(lineStarts, offset)
    return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 }
  }
  return {
    faults: scanner.faults.map(({ offset, message }) => ({ ...placeAt(offset), message })),
    placeOf(pointer) {
      let here = root
      for (const segment of segmentsOf(pointer)) here = here.inner?.get(segment) ?? { offset: here.offset }
      return placeAt(here.offset)
    },
  }
}

/** A value that has been found; `inner` by the names or indexes of what it holds. */
interface Located {
  offset: number
  inner?: Map<string, Located>
}

class NotJson extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

class Scanner {
  readonly faults: { offset: number; message: string }[] = []
  readonly #text: string
  readonly #maxDepth: number
  #at = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  scan(): Located {
    const root: Located = { offset: 0 }
    try {
      if (this.#text.startsWith('\ufeff')) this.#at = 1
      this.#value(root, 0)
      if (this.#next() !== '') throw this.#unexpected('the end')
    } catch (error) {
      if (!(error instanceof NotJson)) throw error
      this.faults.push({ offset: error.offset, message: error.message })
    }
    return root
  }

  #value(located: Located, depth: number): void {
    const first = this.#next()
    located.offset = this.#at
    if (first === '{' || first === '[') {
      if (depth === this.#maxDepth) throw new NotJson(this.#at, `nested deeper than ${this.#maxDepth} levels`)
      this.#at++
      located.inner = new Map()
      if (first === '{') this.#members(located.inner, depth)
      else this.#items(located.inner, depth)
    } else if (this.#take(string) === undefined && this.#take(word) === undefined) {
      throw this.#unexpected('a value')
    }
  }

  #members(inner: Map<string, Located>, depth: number): void {
    if (this.#skip('}')) return
    do {
      this.#next()
      const offset = this.#at
      const written = this.#take(string)
      if (written === undefined) throw this.#unexpected('a name in double quotes')
      const name = JSON.parse(written) as string
      if (inner.has(name)) this.faults.push({ offset, message: `the name ${shown(written)} stands here twice` })
      if (!this.#skip(':')) throw this.#unexpected('`:`')
      this.#value(placed(inner, name), depth + 1)
    } while (this.#skip(','))
    if (!this.#skip('}')) throw this.#unexpected('`,` or `}`')
  }

  #items(inner: Map<string, Located>, depth: number): void {
    if (this.#skip(']')) return
    do this.#value(placed(inner, String(inner.size)), depth + 1)
    while (this.#skip(','))
    if (!this.#skip(']')) throw this.#unexpected('`,` or `]`')
  }

  /** The next character that is no white space, at which the scanner then stands. */
  #next(): string {
    this.#take(space)
    return this.#text.charAt(this.#at)
  }

  #skip(character: string): boolean {
    if (this.#next() !== character) return false
    this.#at++
    return true
  }

  #take(token: RegExp): string | undefined {
    token.lastIndex = this.#at
    const [taken] = token.exec(this.#text) ?? []
    this.#at += taken?.length ?? 0
    return taken
  }

  #unexpected(expected: string): NotJson {
    const found = this.#next()
    const unended = found === '"' ? 'a string that does not end, or has what a string may not have' : `\`${found}\``
    return new NotJson(this.#at, `expected ${expected}, found ${found === '' ? 'the end' : unended}`)
  }
}

const space = /[ \t\r\n]*/y
const string = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const word = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

function placed(inner: Map<string, Located>, name: string): Located {
  const located: Located = { offset: 0 }
  inner.set(name, located)
  return located
}

/** By halving: a schema may have many lines and many findings. */
function lineOf(lineStarts: readonly number[], offset: number): number {
  let [low, high] = [0, lineStarts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((lineStarts[middle] as number) <= offset) low = middle
    else high = middle
  }
  return low + 1
}
