import { GatewayError } from '../errors/gateway-error.ts'
import { isBeyondShare } from '../quotas/fair-share.ts'

// Streams last. Often all of them are of one principal, which gives tickets to browsers: most places are for who wants them.
const keptShare = 1 / 8

/** The places for streams, of which no caller takes the last ones but for a share of its own. */
export class StreamPlaces {
  readonly #most: number
  readonly #taken = new Map<string, number>()
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  /** To be given back. Throws `gateway-full`. */
  take(caller: string): void {
    const held = this.#taken.get(caller) ?? 0
    const holders = this.#taken.size + (held > 0 ? 0 : 1)
    const room = this.#most
    if (this.#used >= room) throw full(`There are ${room} streams open (stream.readers).`)
    if (isBeyondShare({ room, used: this.#used, held, wanted: 1, holders }, room - Math.floor(room * keptShare))) {
      throw full(`There are nearly ${room} streams open (stream.readers), most of them of this caller.`)
    }
    this.#used++
    this.#taken.set(caller, held + 1)
  }

  giveBack(caller: string): void {
    const held = this.#taken.get(caller) ?? 0
    this.#used--
    if (held > 1) this.#taken.set(caller, held - 1)
    else this.#taken.delete(caller)
  }
}

const full = (detail: string): GatewayError => new GatewayError('gateway-full', detail)
