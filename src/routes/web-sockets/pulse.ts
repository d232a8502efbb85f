/** A connection that is looked after. */
export interface Peer {
  /** It is not read, or does not take what it was sent: whether it answers cannot be seen. */
  readonly isHeldUp: boolean
  ping(): void
  terminate(): void
}

const turns = 16
const mostMissed = 2

/** Finds peers that are gone without a word. Each is asked once a period; the work is spread over the period by one timer. */
export class Pulse {
  readonly #periodMs: number
  readonly #slots: readonly Map<Peer, number>[] = Array.from({ length: turns }, () => new Map())
  #next = 0
  #turn = 0
  #peers = 0
  #timer: NodeJS.Timeout | undefined

  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  /** The peer, and what is to be called when it was heard of, and when it is gone. */
  follow(peer: Peer): { heard: () => void; gone: () => void } {
    const slot = this.#slots[this.#next++ % turns] as Map<Peer, number>
    slot.set(peer, 0)
    this.#peers++
    this.#timer ??= setInterval(() => this.#ask(), this.#periodMs / turns).unref()
    return {
      heard: () => {
        if (slot.has(peer)) slot.set(peer, 0)
      },
      gone: () => {
        if (!slot.delete(peer) || --this.#peers > 0) return
        clearInterval(this.#timer)
        this.#timer = undefined
      },
    }
  }

  #ask(): void {
    const slot = this.#slots[this.#turn++ % turns] as Map<Peer, number>
    for (const [peer, missed] of slot) {
      if (peer.isHeldUp) continue
      if (missed >= mostMissed) peer.terminate()
      else {
        slot.set(peer, missed + 1)
        peer.ping()
      }
    }
  }
}
