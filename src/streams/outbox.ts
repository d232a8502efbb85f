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
  #frames: Frame[] = []
  #bytes = 0
  #omission: Omission | undefined

  constructor(maxBytes: number, rule: SlowReaderRule) {
    this.#maxBytes = maxBytes
    this.#rule = rule
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0 && !this.#omission
  }

  /** False: it is too much, and the rule is to disconnect. One frame is held whatever its size. */
  push(frame: Frame): boolean {
    this.#frames.push(frame)
    this.#bytes += frame.bytes.length
    if (this.#bytes <= this.#maxBytes || this.#frames.length === 1) return true
    if (this.#rule === 'disconnect') return false
    if (this.#rule === 'conflate') this.#conflate()
    this.#dropOldest(this.#maxBytes / 2)
    return true
  }

  /** The oldest frames, of about so many bytes. */
  take(bytes: number): Taken {
    let count = 0
    let size = 0
    while (count < this.#frames.length && size < bytes) size += (this.#frames[count++] as Frame).bytes.length
    const taken = { omission: this.#omission, frames: this.#frames.splice(0, count) }
    this.#omission = undefined
    this.#bytes -= size
    return taken
  }

  /** Of each key the newest stays, in its place. What has no key stays. */
  #conflate(): void {
    const newest = new Map<string, Frame>()
    for (const frame of this.#frames) {
      const key = keyOf(frame)
      if (key !== undefined) newest.set(key, frame)
    }
    this.#frames = this.#frames.filter((frame) => {
      const key = keyOf(frame)
      return key === undefined || newest.get(key) === frame
    })
    this.#bytes = this.#frames.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  #dropOldest(leftBytes: number): void {
    let count = 0
    for (; this.#bytes > leftBytes && count < this.#frames.length - 1; count++) {
      this.#bytes -= (this.#frames[count] as Frame).bytes.length
    }
    const dropped = this.#frames.splice(0, count)
    const last = dropped.at(-1)
    if (last) this.#omission = { gaps: gapsOf(this.#omission?.gaps ?? [], dropped), cursor: last.cursor }
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
