// How many bytes spans take in the metadata of a commit. They are written as runs, and in one place, where that is shorter, as a map of
// two bits an offset (metadata.ts). What was leased may be acknowledged in any order, and tear runs apart; the worst case is what it can
// come to without a further lease.

import { varintSize } from '../../signing/varint.ts'
import type { Span } from './span.ts'

/** The spans from `mapFrom` up to before `mapTo` are written as a map, those before and behind as runs. */
export interface Layout {
  mapFrom: number
  mapTo: number
  bytes: number
}

/** The length of a map, and the part of its last byte that is left over. */
export const mapHeadBytes = 4

const countSize = (value: number): number => (value > 1 ? varintSize(value) : 0)

/** A run: its length and two bits for its value, then the value where it has no room there. */
export const runSize = ({ start, end, value }: Omit<Span, 'events'>): number =>
  varintSize((end - start) * 4) + countSize(value)

/** The most that a span can take when each of its events becomes a run of its own. What is done or was never given stays together. */
export function worstRunSize(span: Span): number {
  if (span.value <= 0) return runSize(span)
  const spare = span.end - span.start - span.events
  let size = span.events * (1 + countSize(span.value))
  // Events before a hole have longer runs; there cannot be more of them than the holes fill.
  for (let long = 0x80 / 4; long - 1 <= spare; long *= 0x80) {
    size += Math.min(span.events, Math.floor(spare / (long - 1)))
  }
  return size
}

/** The shortest way to write spans that follow one another without a gap. */
export function shortestLayout(spans: readonly Span[], sizeOf: (span: Span) => number): Layout {
  // The best so far of each: runs alone, runs and a map that goes on, and that with runs behind the map.
  let runs = 0
  let map = Number.POSITIVE_INFINITY
  let mapFrom = 0
  let tail = Number.POSITIVE_INFINITY
  let [tailFrom, tailTo] = [0, 0]
  for (let place = 0; place < spans.length; place++) {
    const span = spans[place] as Span
    const size = sizeOf(span)
    if (map < tail) [tailFrom, tailTo] = [mapFrom, place]
    tail = Math.min(map, tail) + size
    if (runs + mapHeadBytes < map) mapFrom = place
    // Two bits do not tell more than one delivery: such spans are listed behind the map, which takes no more than a run.
    map = Math.min(runs + mapHeadBytes, map) + (span.end - span.start) / 4 + (span.value > 1 ? size : 0)
    runs += size
  }
  const bytes = Math.min(runs, map, tail)
  if (bytes === runs) return { mapFrom: spans.length, mapTo: spans.length, bytes }
  return bytes === map ? { mapFrom, mapTo: spans.length, bytes } : { mapFrom: tailFrom, mapTo: tailTo, bytes }
}
