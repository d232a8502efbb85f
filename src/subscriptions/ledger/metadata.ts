// The metadata of a commit: what is known beyond the committed offset, as text. Version 1 is
//   hg1. base64url( run · offset · number of runs · runs · offsets in the map · map · counts · runs )
// with every number a varint. A run is its length times 4 plus a code (0 never given, 1 done, 2 delivered once, 3 more often, and then
// the number follows). The map has the same codes, four a byte, lowest bits first; the deliveries of what has code 3 in it are the counts:
// pairs of a length and a number. What lies beyond was never given.

import { VarintReader, VarintWriter } from '../../signing/varint.ts'
import { runSize, shortestLayout } from './metadata-size.ts'
import { appendSpan, done, type Span } from './span.ts'

const prefix = 'hg1.'
// Two numbers of 53 bits and one of runs come first. A layout that was the shortest may have to begin and end its map elsewhere once
// spans have merged, which makes a run longer at each end. And the first event of all may be leased whatever room there is.
const reservedBytes = 8 + 8 + 3 + 2 * 8 + 2 * 8

export interface Progress {
  /** Tokens are good for one run: a seek begins another. */
  run: number
  /** All before it is done. The metadata has it, too, so that it is never taken for that of another offset. */
  offset: number
  /** Without a gap from the offset on. */
  spans: readonly Span[]
}

/** How many bytes of spans fit into metadata of so many characters. */
export const roomOf = (characters: number): number => Math.floor(((characters - prefix.length) * 3) / 4) - reservedBytes

export function metadataText({ run, offset, spans }: Progress): string {
  const told = spans.at(-1)?.value === 0 ? spans.slice(0, -1) : spans
  const { mapFrom, mapTo } = shortestLayout(told, runSize)
  const out = new VarintWriter()
  out.number(run)
  out.number(offset)
  out.number(mapFrom)
  writeRuns(out, told.slice(0, mapFrom))
  writeMap(out, told.slice(mapFrom, mapTo))
  writeRuns(out, told.slice(mapTo))
  return prefix + out.bytes().toString('base64url')
}

/** Null for text that {@link metadataText} did not write for this offset: other tools leave what they like there. */
export function progressFrom(text: string, offset: number): Progress | null {
  if (!text.startsWith(prefix)) return null
  try {
    return progressOf(new VarintReader(Buffer.from(text.slice(prefix.length), 'base64url')), offset)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function progressOf(source: VarintReader, offset: number): Progress | null {
  const run = source.number()
  if (source.number() !== offset) return null
  const spans: Span[] = []
  const add = (length: number, value: number): void => {
    const start = spans.at(-1)?.end ?? offset
    if (length === 0 || !Number.isSafeInteger(start + length)) throw new RangeError('a run has no length')
    appendSpan(spans, start, start + length, value, length)
  }
  for (let runs = source.number(); runs > 0; runs--) readRun(source, add)
  readMap(source, add)
  while (!source.ended) readRun(source, add)
  return { run, offset, spans }
}

function writeRuns(out: VarintWriter, spans: readonly Span[]): void {
  for (const { start, end, value } of spans) {
    out.number((end - start) * 4 + codeFor(value))
    if (value > 1) out.number(value)
  }
}

function readRun(source: VarintReader, add: (length: number, value: number) => void): void {
  const head = source.number()
  const code = head % 4
  add(Math.floor(head / 4), code === 3 ? source.number() : valueFrom(code))
}

function writeMap(out: VarintWriter, spans: readonly Span[]): void {
  const start = spans[0]?.start ?? 0
  const offsets = (spans.at(-1)?.end ?? 0) - start
  const map = new Uint8Array(Math.ceil(offsets / 4))
  for (const span of spans) {
    const code = codeFor(span.value)
    for (let place = span.start - start; place < span.end - start; place++) {
      map[place >> 2] = (map[place >> 2] as number) | (code << ((place & 3) * 2))
    }
  }
  out.number(offsets)
  for (const byte of map) out.byte(byte)
  for (const { start, end, value } of spans) {
    if (value <= 1) continue
    out.number(end - start)
    out.number(value)
  }
}

function readMap(source: VarintReader, add: (length: number, value: number) => void): void {
  const codes: number[] = []
  for (let left = source.number(); left > 0; left -= 4) {
    const byte = source.byte()
    for (let place = 0; place < Math.min(left, 4); place++) codes.push((byte >> (place * 2)) & 3)
  }
  let counted = 0
  let count = 0
  for (const code of codes) {
    if (code === 3 && counted === 0) {
      counted = source.number()
      count = source.number()
      if (counted === 0) throw new RangeError('a count is for no event')
    }
    if (code === 3) counted--
    add(1, code === 3 ? count : valueFrom(code))
  }
}

const codeFor = (value: number): number => (value === done ? 1 : value === 0 ? 0 : value === 1 ? 2 : 3)
const valueFrom = (code: number): number => (code === 1 ? done : code / 2)
