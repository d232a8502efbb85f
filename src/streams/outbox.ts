import type { SlowReaderRule } from '../contracts/contract.ts'
import { type Frame, type OffsetRange, placeText } from './frame.ts'

const strictestFirst = ['disconnect', 'drop-oldest', 'conflate'] as const satisfies readonly SlowReaderRule[]

/** The rule of a reader of several topics. */
export const strictest = (rules: readonly SlowReaderRule[]): SlowReaderRule =>
  strictestFirst.find((rule) => rules.includes(rule)) ?? 'disconnect'

/** What was left out, and the cursor of a reader for whom that is done with. */
export interface Omission {
  gaps: OffsetRange[]
  cursor: string
}

export interface Taken {
  /** Comes before the frames. */
  omission: Omission | undefined
  frames: Frame[]
}

/** What waits for one slow reader: references to shared messages, up to a number of bytes. Then its rule says what goes. */
export class Outbox {
  readonly #maxBytes: number
  readonly #rule: SlowReaderRule
  #frames: Frame[] = []
  /** Of each key the frame that is to be sent; others of it are left out. */
  readonly #newest = new Map<string, Frame>()
  #superseded = 0
  #bytes = 0
  #omission: Omission | undefined

  constructor(maxBytes: number, rule: SlowReaderRule) {
    this.#maxBytes = maxBytes
    this.#rule = rule
  }

  get isEmpty(): boolean {
    return this.#frames.length === this.#superseded && !this.#omission
  }

  /** False: it is too much, and the rule is to disconnect. One frame is held whatever its size. */
  push(frame: Frame): boolean {
    if (this.#rule === 'conflate') this.#supersede(frame)
    this.#frames.push(frame)
    this.#bytes += frame.bytes.length
    if (this.#bytes <= this.#maxBytes || this.#frames.length - this.#superseded === 1) return true
    if (this.#rule === 'disconnect') return false
    this.#dropOldest(this.#maxBytes / 2)
    return true
  }

  /** The oldest frames, of about so many bytes. */
  take(bytes: number): Taken {
    const omission = this.#omission
    this.#omission = undefined
    return { omission, frames: this.#shift(Math.max(0, this.#bytes - bytes), 0) }
  }

  #dropOldest(leftBytes: number): void {
    const dropped = this.#shift(leftBytes, 1)
    const last = dropped.at(-1)
    if (last) this.#omission = { gaps: gapsOf(this.#omission?.gaps ?? [], dropped), cursor: last.cursor }
  }

  /** Takes the oldest out, until so many bytes or frames are left. */
  #shift(leftBytes: number, leftFrames: number): Frame[] {
    const shifted: Frame[] = []
    let at = 0
    for (; this.#bytes > leftBytes && this.#frames.length - at > leftFrames; at++) {
      const frame = this.#frames[at] as Frame
      if (this.#isSuperseded(frame)) this.#superseded--
      else {
        this.#bytes -= frame.bytes.length
        shifted.push(frame)
        if (frame.key !== undefined) this.#newest.delete(frame.key)
      }
    }
    this.#frames = this.#frames.slice(at)
    return shifted
  }

  /** The older frame of the key goes at once from what is counted, and in time from the array. */
  #supersede(frame: Frame): void {
    if (frame.key === undefined) return
    const older = this.#newest.get(frame.key)
    this.#newest.set(frame.key, frame)
    if (!older) return
    this.#bytes -= older.bytes.length
    this.#superseded++
    if (this.#superseded * 2 <= this.#frames.length) return
    this.#frames = this.#frames.filter((each) => !this.#isSuperseded(each))
    this.#superseded = 0
  }

  #isSuperseded(frame: Frame): boolean {
    return this.#rule === 'conflate' && frame.key !== undefined && this.#newest.get(frame.key) !== frame
  }
}

function gapsOf(before: readonly OffsetRange[], dropped: readonly Frame[]): OffsetRange[] {
  const gaps = new Map(before.map((gap) => [placeText(gap), gap]))
  for (const { place, range } of dropped) gaps.set(place, { ...range, from: gaps.get(place)?.from ?? range.from })
  return [...gaps.values()]
}
