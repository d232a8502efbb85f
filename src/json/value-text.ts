/**
 * The text of the value at a place of JSON text, as it stands there: member order, digits, escapes and white space included.
 * The text has been parsed before, so it is valid. Undefined where there is nothing.
 */
export function textAt(json: string, segments: readonly string[]): string | undefined {
  let text: string | undefined = json.trim()
  for (const segment of segments) text = text?.startsWith('{') ? memberText(text, segment) : undefined
  return text
}

/** The texts of an array's items, in one pass. */
export function itemTexts(array: string): string[] {
  return [...partsOf(array)].map(([, text]) => text)
}

function memberText(object: string, name: string): string | undefined {
  for (const [written, text] of partsOf(object)) if (JSON.parse(written) === name) return text
  return undefined
}

/** The names (of an array none) and values of what an object or an array holds. */
function* partsOf(text: string): Generator<[name: string, value: string]> {
  const hasNames = text.startsWith('{')
  let at = afterSpace(text, 1)
  while (text[at] !== '}' && text[at] !== ']') {
    let name = ''
    if (hasNames) {
      const end = endOfValue(text, at)
      name = text.slice(at, end)
      // Past the colon.
      at = afterSpace(text, afterSpace(text, end) + 1)
    }
    const end = endOfValue(text, at)
    yield [name, text.slice(at, end)]
    at = afterSpace(text, end)
    if (text[at] === ',') at = afterSpace(text, at + 1)
  }
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  for (let at = start; ; ) {
    const character = text[at]
    if (character === '"') at = endOfToken(string, text, at)
    else if (character === '{' || character === '[') {
      depth++
      at++
    } else if (character === '}' || character === ']') {
      depth--
      at++
    } else at = endOfToken(depth === 0 ? scalar : between, text, at)
    if (depth === 0) return at
  }
}

const space = /[ \t\r\n]*/y
const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const scalar = /[^\s,[\]{}"]+/y
const between = /[^[\]{}"]+/y

const afterSpace = (text: string, at: number): number => endOfToken(space, text, at)

function endOfToken(token: RegExp, text: string, at: number): number {
  token.lastIndex = at
  if (!token.test(text)) throw new Error(`the text is not JSON at ${at}`)
  return token.lastIndex
}
