import type { AuditedRefusal, AuditedRequest, RefusalCode } from './audit.ts'

export interface CountedRefusal {
  request: AuditedRequest
  refusal: AuditedRefusal
  count: number
  /** Milliseconds since the epoch, of the first and the last. */
  since: number
  until: number
}

/** Those that found no room, by code. */
export interface OtherRefusals {
  codes: Map<RefusalCode, number>
  since: number
  until: number
}

/** Refusals that were counted together. */
export interface TakenRefusals {
  listed: CountedRefusal[]
  others: OtherRefusals | undefined
}

/**
 * Refusals as they are held until they are written: the same one (who, from where, what, why) once, with how often it came.
 * Callers without a credential get no more than half of the room, so that they cannot hide what others do.
 */
export class RefusalCounts {
  readonly #most: number
  readonly #counted = new Map<string, CountedRefusal>()
  #ofNobody = 0
  #others: OtherRefusals | undefined

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#counted.size
  }

  get isEmpty(): boolean {
    return this.#counted.size === 0 && this.#others === undefined
  }

  add(request: AuditedRequest, refusal: AuditedRefusal, now: number): void {
    const key = keyOf(request, refusal)
    const known = this.#counted.get(key)
    if (known) {
      known.count += 1
      known.until = now
    } else if (this.#hasRoomFor(request)) {
      if (request.who.kind === 'nobody') this.#ofNobody += 1
      this.#counted.set(key, { request, refusal, count: 1, since: now, until: now })
    } else this.#addOther(refusal.code, now)
  }

  /** All that are held, which are forgotten here. */
  take(): TakenRefusals {
    const taken = { listed: [...this.#counted.values()], others: this.#others }
    this.#counted.clear()
    this.#ofNobody = 0
    this.#others = undefined
    return taken
  }

  #hasRoomFor({ who }: AuditedRequest): boolean {
    if (this.#counted.size >= this.#most) return false
    return who.kind !== 'nobody' || this.#ofNobody < Math.ceil(this.#most / 2)
  }

  #addOther(code: RefusalCode, now: number): void {
    this.#others ??= { codes: new Map(), since: now, until: now }
    this.#others.codes.set(code, (this.#others.codes.get(code) ?? 0) + 1)
    this.#others.until = now
  }
}

function keyOf({ who, from, operation }: AuditedRequest, { code, resource, needed }: AuditedRefusal): string {
  const { kind, id, issuer, apiKey } = who
  return JSON.stringify([kind, id, issuer, apiKey, from, operation, code, resource?.kind, resource?.name, needed])
}
