import { differences } from '../json/differences.ts'
import type { JsonObject } from '../json/json-value.ts'
import type { Logger } from '../observability/logger.ts'
import { fullForm, isManagedByFile } from './contract-drift.ts'
import type { ContractFiles } from './contract-files.ts'
import type { ContractStore, NewRevision } from './contract-store.ts'

interface RecorderParts {
  store: Pick<ContractStore, 'isRead' | 'current' | 'append'>
  files: Pick<ContractFiles, 'find'>
  /** Nothing is to be recorded any more, or not now. */
  onSettled: () => void
  log: Logger
}

const mostTries = 5

/**
 * Records what files say as revisions: those of the start and, later, those that are new. Never because another replica recorded
 * something else: two with different files would write for ever.
 */
export class ContractRecorder {
  readonly #parts: RecorderParts
  readonly #due = new Set<string>()
  #isRecording = false

  constructor(parts: RecorderParts) {
    this.#parts = parts
  }

  get isSettled(): boolean {
    return this.#due.size === 0
  }

  due(topics: readonly string[]): void {
    for (const topic of topics) this.#due.add(topic)
    this.record()
  }

  /** Returns at once. What cannot be recorded now is due still. */
  record(): void {
    if (this.#isRecording || !this.#parts.store.isRead) return
    this.#isRecording = true
    this.#recordAll()
      .catch((error) => this.#parts.log.warn({ cause: (error as Error).message }, 'A contract cannot be recorded yet'))
      .finally(() => {
        this.#isRecording = false
        this.#parts.onSettled()
      })
  }

  async #recordAll(): Promise<void> {
    for (const topic of this.#due) {
      await this.#recordOne(topic)
      this.#due.delete(topic)
    }
  }

  async #recordOne(topic: string): Promise<void> {
    for (let tries = 0; tries < mostTries; tries++) {
      const next = this.#next(topic)
      if (!next || (await this.#parts.store.append(next))) return
    }
  }

  /** Undefined where what is in force is that of the files. */
  #next(topic: string): NewRevision | undefined {
    const { files, store } = this.#parts
    const own = files.find(topic)
    const current = store.current(topic)
    // A file that went. Where another one came for the topic, by another replica, that is in force.
    if (!own && !isManagedByFile(current)) return undefined
    const contract = own?.written ?? null
    const changed = changedBetween(current?.contract ?? null, contract)
    const file = own?.file ?? current?.file ?? null
    if (own && changed.length === 0 && isManagedByFile(current) && current?.file === file) return undefined
    const revision = (current?.revision ?? 0) + 1
    return { topic, revision, contract, file, by: `file:${file}`, changed }
  }
}

/** JSON Pointers of what differs, defaults included. */
export function changedBetween(before: JsonObject | null, after: JsonObject | null): string[] {
  return differences(before && fullForm(before), after && fullForm(after)).map(({ pointer }) => pointer)
}
