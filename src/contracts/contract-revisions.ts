import type { ContractRevision } from './contract-revision.ts'

interface Revisions {
  /** Ascending; the last one is in force. */
  chosen: ContractRevision[]
  /** Keys of records that mean nothing any more. */
  spent: Set<string>
}

/**
 * The revisions of all contracts, from a log that all replicas read in one order. Each revision is a record of its own key, written by
 * whoever knew the one before. Of several records with the same number the first counts, and the highest number is in force. So it
 * makes no difference which others compaction has taken away: a record that came too late has a number that was taken before, and
 * the record in force is never given up (ADR 17).
 */
export class ContractRevisions {
  readonly #most: number
  readonly #topics = new Map<string, Revisions>()

  /** @param most how many of a topic are kept */
  constructor(most: number) {
    this.#most = most
  }

  /** True where another revision is in force by it. */
  take(revision: ContractRevision): boolean {
    const revisions = this.#topics.get(revision.topic) ?? { chosen: [], spent: new Set() }
    const { chosen, spent } = revisions
    // After a break the log is perhaps given again.
    if (chosen.some(({ key }) => key === revision.key)) return false
    const current = chosen.at(-1)
    if (current && revision.revision <= current.revision) {
      spent.add(revision.key)
      return false
    }
    this.#topics.set(revision.topic, revisions)
    chosen.push(revision)
    while (chosen[0] && chosen[0].revision <= revision.revision - this.#most) {
      spent.add((chosen.shift() as ContractRevision).key)
    }
    return true
  }

  /** Those of which a revision is known. */
  get topics(): string[] {
    return [...this.#topics.keys()]
  }

  current(topic: string): ContractRevision | undefined {
    return this.#topics.get(topic)?.chosen.at(-1)
  }

  /** The latest first. */
  history(topic: string): ContractRevision[] {
    return (this.#topics.get(topic)?.chosen ?? []).toReversed()
  }

  /** The keys of the records that nobody needs, each once. */
  takeSpent(topic: string): string[] {
    const { spent } = this.#topics.get(topic) ?? {}
    const keys = [...(spent ?? [])]
    spent?.clear()
    return keys
  }
}
