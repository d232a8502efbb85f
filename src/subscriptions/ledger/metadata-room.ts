import { runSize, shortestLayout, worstRunSize } from './metadata-size.ts'
import type { Span } from './span.ts'

/** What is left of the metadata when whatever becomes of the leased events is reckoned with. */
export interface RoomLeft {
  bytes: number
  /** A map reaches from here up to before there: an event in it takes no further byte, as long as it is delivered once. */
  mapFrom: number
  mapTo: number
  /** Whether nothing is told behind the map, so that it can go on. */
  isLast: boolean
}

/** An event up to before the next one, and how often it is to have been given. */
export interface Claim {
  from: number
  to: number
  deliveries: number
  /** What the run in which it lay takes more when it is torn apart. */
  tornBytes: number
}

/** The room for further leases, during one call: it is measured only when what is known to be left does not do. */
export class MetadataRoom {
  readonly #measure: () => RoomLeft
  #left: RoomLeft = { bytes: 0, mapFrom: 0, mapTo: 0, isLast: false }
  #isMeasured = false

  constructor(measure: () => RoomLeft) {
    this.#measure = measure
  }

  claim(claim: Claim): boolean {
    if (this.#take(claim)) return true
    if (this.#isMeasured) return false
    this.#left = this.#measure()
    this.#isMeasured = true
    return this.#take(claim)
  }

  #take({ from, to, deliveries, tornBytes }: Claim): boolean {
    const { mapFrom, mapTo, isLast } = this.#left
    const run = runSize({ start: from, end: to, value: deliveries })
    const count = deliveries > 1 ? run : 0
    const asRun = tornBytes + run + count
    const inMap = from >= mapFrom && (isLast || to <= mapTo) ? Math.max(0, to - mapTo) / 4 + count : asRun
    const bytes = Math.min(asRun, inMap)
    if (bytes > this.#left.bytes) return false
    this.#left.bytes -= bytes
    if (inMap < asRun) this.#left.mapTo = Math.max(to, mapTo)
    else if (from >= mapTo) this.#left.isLast = false
    this.#isMeasured = false
    return true
  }
}

/** Of so many bytes, when these spans are told. */
export function roomLeft(bytes: number, spans: readonly Span[]): RoomLeft {
  const told = spans.at(-1)?.value === 0 ? spans.slice(0, -1) : spans
  const layout = shortestLayout(told, worstRunSize)
  return {
    bytes: bytes - layout.bytes,
    mapFrom: told[layout.mapFrom]?.start ?? Number.POSITIVE_INFINITY,
    mapTo: told[layout.mapTo - 1]?.end ?? Number.POSITIVE_INFINITY,
    isLast: layout.mapFrom < layout.mapTo && layout.mapTo === told.length,
  }
}
