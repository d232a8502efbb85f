import { isDeepStrictEqual } from 'node:util'
import { type Difference, differences } from '../json/differences.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import type { Logger } from '../observability/logger.ts'
import { readContract, writtenContract } from './contract.ts'
import type { ContractFiles } from './contract-files.ts'
import type { ContractRevision } from './contract-revision.ts'
import type { ContractStore } from './contract-store.ts'

/** Where the contract of this replica's files is not the one that was recorded. */
export interface Drift {
  pointer: string
  file: JsonValue
  stored: JsonValue
}

interface DriftParts {
  store: Pick<ContractStore, 'current' | 'topics'>
  files: Pick<ContractFiles, 'find' | 'topics' | 'isConfigured'>
  log: Logger
}

/** What drifts, by topic. */
export class ContractDrift {
  readonly #parts: DriftParts
  readonly #known = new Map<string, readonly Drift[]>()

  constructor(parts: DriftParts) {
    this.#parts = parts
  }

  /** How many contracts drift. */
  get size(): number {
    return this.#known.size
  }

  of(topic: string): readonly Drift[] {
    return driftOf(topic, this.#parts)
  }

  /** Logs what drifts otherwise than before. */
  assess(topics: Iterable<string> = this.#topics): void {
    const { store, log } = this.#parts
    for (const topic of topics) {
      const drift = this.of(topic)
      if (isDeepStrictEqual(drift, this.#known.get(topic) ?? [])) continue
      if (drift.length > 0) {
        this.#known.set(topic, drift)
        const pointers = drift.map(({ pointer }) => pointer)
        log.warn({ topic, pointers, revision: store.current(topic)?.revision }, 'A contract is not that of the file')
      } else {
        this.#known.delete(topic)
        log.info({ topic }, 'A contract is that of the file again')
      }
    }
  }

  get #topics(): Set<string> {
    const { store, files } = this.#parts
    return new Set([...store.topics, ...files.topics, ...this.#known.keys()])
  }
}

function driftOf(topic: string, { store, files }: Omit<DriftParts, 'log'>): Drift[] {
  const own = files.find(topic)
  const current = store.current(topic)
  const stored = current?.contract ?? null
  if (own) return differences(fullForm(own.written), stored === null ? null : fullForm(stored)).map(drift)
  // Another replica has a file for it; this one has files, and that is not among them.
  const isOrphan = files.isConfigured && isManagedByFile(current)
  return isOrphan ? [drift({ pointer: '', one: null, other: stored })] : []
}

const drift = ({ pointer, one, other }: Difference): Drift => ({ pointer, file: one ?? null, stored: other ?? null })

/** Whether a revision is in force that a file gave. */
export const isManagedByFile = (revision: ContractRevision | undefined): boolean =>
  revision !== undefined && revision.file !== null && revision.contract !== null

/** With its defaults; as it is where this version does not understand it. */
export function fullForm(written: JsonObject): JsonObject {
  const reading = readContract(written)
  return 'contract' in reading ? (writtenContract(reading.contract) as JsonObject) : written
}
