import type { PartName, PartState, ReportedPart } from './part-health.ts'

export interface ReadinessReport {
  status: 'starting' | 'ready' | 'degraded' | 'stopping'
  /** Those that there are. */
  parts: Partial<Record<PartName, PartState>>
}

/**
 * Whether the gateway takes work: not before Kafka was first reached and the contracts were read from it, not while it stops, and else
 * whatever is away.
 */
export class Readiness {
  readonly #parts: readonly ReportedPart[]
  #isStopping = false

  constructor(parts: readonly ReportedPart[]) {
    this.#parts = parts
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  stop(): void {
    this.#isStopping = true
  }

  report(): ReadinessReport {
    const parts = Object.fromEntries(
      this.#parts.map(({ part, current }) => [part, current]),
    ) as ReadinessReport['parts']
    return { status: this.#status(parts), parts }
  }

  #status(parts: ReadinessReport['parts']): ReadinessReport['status'] {
    if (this.#isStopping) return 'stopping'
    if (!this.#parts.some(({ part, wasUp }) => part === 'kafka' && wasUp)) return 'starting'
    if (parts.contracts?.state === 'starting') return 'starting'
    return Object.values(parts).some(({ state }) => state === 'down') ? 'degraded' : 'ready'
  }
}
