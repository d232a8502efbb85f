import { appendSegment } from './json-pointer.ts'

interface Frame {
  pointer: string
  /** Names seen so far; absent in an array. */
  names?: Set<string>
  index: number
  name: string
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs

/** The JSON Pointer of the first repeated member of valid JSON text. Only called where there is one. */
export function repeatedMember(text: string): string {
  const frames: Frame[] = []
  let expectsName = false
  for (const [lexeme] of text.matchAll(token)) {
    const frame = frames.at(-1)
    if (lexeme === '{' || lexeme === '[') {
      const pointer = frame ? pointerOf(frame) : ''
      frames.push(lexeme === '{' ? { pointer, names: new Set(), index: 0, name: '' } : { pointer, index: 0, name: '' })
      expectsName = lexeme === '{'
    } else if (lexeme === '}' || lexeme === ']') {
      frames.pop()
      expectsName = false
    } else if (lexeme === ',' && frame) {
      frame.index++
      expectsName = frame.names !== undefined
    } else if (expectsName && frame?.names) {
      frame.name = JSON.parse(lexeme) as string
      if (frame.names.has(frame.name)) return pointerOf(frame)
      frame.names.add(frame.name)
      expectsName = false
    }
  }
  return ''
}

const pointerOf = (frame: Frame): string => appendSegment(frame.pointer, frame.names ? frame.name : String(frame.index))
