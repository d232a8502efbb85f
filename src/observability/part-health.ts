export type PartName = 'kafka' | 'registry' | 'issuer' | 'contracts' | 'certificate' | 'schemaBundle'

export interface PartState {
  state: 'starting' | 'up' | 'down'
  /** RFC 3339 time of the last change of state. */
  since: string
  cause?: string
}

/** What readiness asks of a part. */
export type ReportedPart = Pick<PartHealth, 'part' | 'current' | 'wasUp'>

/** What one part of the world outside last said of itself. Written by the part that talks to it, read by `/readyz`. */
export class PartHealth {
  readonly part: PartName
  #wasUp = false
  #state: PartState
  readonly #now: () => number
  readonly #onChange: (state: PartState) => void

  constructor(part: PartName, onChange: (state: PartState) => void = () => {}, now: () => number = Date.now) {
    this.part = part
    this.#onChange = onChange
    this.#now = now
    this.#state = { state: 'starting', since: new Date(now()).toISOString() }
  }

  get current(): PartState {
    return this.#state
  }

  /** It was reached at some time. */
  get wasUp(): boolean {
    return this.#wasUp
  }

  up(): void {
    this.#wasUp = true
    if (this.#state.state !== 'up') this.#change({ state: 'up', since: this.#time() })
  }

  down(cause: string): void {
    if (this.#state.state !== 'down') this.#change({ state: 'down', since: this.#time(), cause })
  }

  #change(state: PartState): void {
    this.#state = state
    this.#onChange(state)
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }
}

const worstFirst = ['down', 'starting', 'up'] as const

/** Several of one kind, at least one, as one part: down where any of them is, with the cause of each that is. */
export function together(part: PartName, members: readonly ReportedPart[]): ReportedPart {
  return {
    part,
    get current() {
      const states = members.map(({ current }) => current)
      const worst = worstFirst
        .map((state) => states.filter((each) => each.state === state))
        .find(({ length }) => length > 0)
      const causes = worst?.flatMap(({ cause }) => cause ?? []) ?? []
      const first = (worst ?? states).reduce((one, other) => (one.since < other.since ? one : other))
      return { ...first, ...(causes.length > 0 && { cause: causes.join('; ') }) }
    },
    get wasUp() {
      return members.every(({ wasUp }) => wasUp)
    },
  }
}
