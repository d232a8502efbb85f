/** What a look over JSON text, without building values, tells of it. True of valid JSON; of other text it may say anything. */
export interface JsonScan {
  /** Deepest nesting of arrays and objects. */
  depth: number
  /** Members and items of all objects and arrays; of one that is empty, one. */
  values: number
  /** Members of all objects, repeated names included. */
  members: number
  /** A number that its double would not print as the text has it, and may not hold. */
  hasInexactNumber: boolean
  /** An escape of a UTF-16 surrogate, lone or paired. */
  hasSurrogateEscape: boolean
}

const quote = 0x22
const minus = 0x2d
const zero = 0x30
const backslash = 0x5c
const doubleDigits = 15

const isDigit = (code: number): boolean => code >= zero && code <= 0x39

export function scanJson(text: string): JsonScan {
  const scan: JsonScan = { depth: 0, values: 0, members: 0, hasInexactNumber: false, hasSurrogateEscape: false }
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfString(text, at, scan)
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > scan.depth) scan.depth = depth
      scan.values++
    } else if (code === 0x7d || code === 0x5d) {
      depth--
    } else if (code === 0x2c) {
      scan.values++
    } else if (code === 0x3a) {
      scan.members++
    } else if (isDigit(code)) {
      at = endOfNumber(text, at, scan)
    }
  }
  return scan
}

function endOfString(text: string, start: number, scan: JsonScan): number {
  let at = start + 1
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code !== backslash) continue
    at++
    // \uD800 to \uDFFF: the digit after `\u` is d, and the next one 8 or above.
    if (
      text.charCodeAt(at) === 0x75 &&
      (text.charCodeAt(at + 1) | 0x20) === 0x64 &&
      !/[0-7]/.test(text.charAt(at + 2))
    ) {
      scan.hasSurrogateEscape = true
    }
  }
  return at
}

function endOfNumber(text: string, start: number, scan: JsonScan): number {
  let digits = 0
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) digits++
    else if (code !== 0x2e) break
  }
  const exponent = at
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    at++
    if (text[at] === '+' || text[at] === '-') at++
    while (isDigit(text.charCodeAt(at))) at++
  }
  const isNegative = text.charCodeAt(start - 1) === minus
  const isNegativeZero = isNegative && text.charCodeAt(start) === zero
  if (digits > doubleDigits || at - exponent > 3 || isNegativeZero) {
    const literal = text.slice(isNegative ? start - 1 : start, at)
    if (String(Number(literal)) !== literal) scan.hasInexactNumber = true
  }
  return at - 1
}
