import type { SlowReaderRule } from '../contracts/contract.ts'
import type { Frame, OffsetRange } from './frame.ts'

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
  /** In order. By their key, where only the newest of a key is kept. */
  readonly #frames = new Map<string | Frame, Frame>()
  #bytes = 0
  #omission: Omission | undefined

  constructor(maxBytes: number, rule: SlowReaderRule) {
    this.#maxBytes = maxBytes
    this.#rule = rule
  }

  get isEmpty(): boolean {
    return this.#frames.size === 0 && !this.#omission
  }

  /** False: it is too much, and the rule is to disconnect. One frame is held whatever its size. */
  push(frame: Frame): boolean {
    const place = this.#rule === 'conflate' ? (keyOf(frame) ?? frame) : frame
    this.#remove(place)
    this.#frames.set(place, frame)
    this.#bytes += frame.bytes.length
    if (this.#bytes <= this.#maxBytes || this.#frames.size === 1) return true
    if (this.#rule === 'disconnect') return false
    this.#dropOldest(this.#maxBytes / 2)
    return true
  }

  /** The oldest frames, of about so many bytes. */
  take(bytes: number): Taken {
    const omission = this.#omission
    this.#omission = undefined
    const leftBytes = Math.max(0, this.#bytes - bytes)
    return { omission, frames: this.#shift(() => this.#bytes > leftBytes) }
  }

  #dropOldest(leftBytes: number): void {
    const dropped = this.#shift(() => this.#bytes > leftBytes && this.#frames.size > 1)
    const last = dropped.at(-1)
    if (last) this.#omission = { gaps: gapsOf(this.#omission?.gaps ?? [], dropped), cursor: last.cursor }
  }

  /** Takes the oldest out, for as long as there is reason to. */
  #shift(goesOn: () => boolean): Frame[] {
    const shifted: Frame[] = []
    for (const [place, frame] of this.#frames) {
      if (!goesOn()) break
      this.#remove(place)
      shifted.push(frame)
    }
    return shifted
  }

  #remove(place: string | Frame): void {
    this.#bytes -= this.#frames.get(place)?.bytes.length ?? 0
    this.#frames.delete(place)
  }
}

const keyOf = ({ topic, key }: Frame): string | undefined => (key ? `${topic}/${key.toString('latin1')}` : undefined)

function gapsOf(before: readonly OffsetRange[], dropped: readonly Frame[]): OffsetRange[] {
  const gaps = new Map(before.map((gap) => [`${gap.topic}/${gap.partition}`, gap]))
  for (const { topic, partition, from, to } of dropped) {
    const place = `${topic}/${partition}`
    gaps.set(place, { topic, partition, from: gaps.get(place)?.from ?? from, to })
  }
  return [...gaps.values()]
}
