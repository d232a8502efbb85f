import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import { type Contract, defaultContract, readContract, readsAlike } from './contract.ts'
import type { ContractFiles } from './contract-files.ts'
import type { ContractSource } from './contract-source.ts'
import type { ContractStore } from './contract-store.ts'

export interface LiveContractsParts {
  store: Pick<ContractStore, 'isRead' | 'unread' | 'current' | 'topics'>
  files: Pick<ContractFiles, 'find' | 'topics'>
  log: Logger
}

export interface ContractChange {
  topic: string
  /** Whether who reads the topic gets something else by it. */
  concernsReaders: boolean
}

/**
 * The contracts in force: those of files, else those of the topic, else the default. Each changes in one step. As long as the topic
 * has not been read, nothing is said of what only it can tell: a contract that is not known might mask.
 */
export class LiveContracts implements ContractSource {
  readonly #parts: LiveContractsParts
  readonly #inForce = new Map<string, Contract>()
  readonly #unusable = new Map<string, GatewayError>()
  readonly #listeners: ((change: ContractChange) => void)[] = []

  constructor(parts: LiveContractsParts) {
    this.#parts = parts
    for (const topic of parts.files.topics) this.refresh(topic)
  }

  /** Throws a GatewayError (503) where it is not known. */
  get(topic: string): Contract {
    const known = this.#inForce.get(topic)
    if (known) return known
    if (!this.#parts.store.isRead) throw this.#parts.store.unread
    const unusable = this.#unusable.get(topic)
    if (unusable) throw unusable
    return defaultContract(topic)
  }

  /** Throws a GatewayError (503) where they are not known. */
  list(): readonly Contract[] {
    if (!this.#parts.store.isRead) throw this.#parts.store.unread
    return [...this.#inForce.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }

  /** Whether any that is in force limits how its topic is used. */
  get haveQuota(): boolean {
    return [...this.#inForce.values()].some(({ quota }) => quota !== undefined)
  }

  /** Called after each change, in the same step. */
  follow(listener: (change: ContractChange) => void): void {
    this.#listeners.push(listener)
  }

  /** Everything that the topic of contracts has. */
  refreshAll(): void {
    for (const topic of new Set([...this.#parts.store.topics, ...this.#inForce.keys()])) this.refresh(topic)
  }

  /** Takes what files and the topic of contracts say now. */
  refresh(topic: string): void {
    const before = this.#inForce.get(topic)
    const wasUsable = !this.#unusable.delete(topic)
    const found = this.#find(topic)
    const after = found && carriedOver(before, found)
    if (after) this.#inForce.set(topic, after)
    else this.#inForce.delete(topic)
    const isUsable = wasUsable && !this.#unusable.has(topic)
    if (before === after && isUsable) return
    const alike = isUsable && readsAlike(before ?? defaultContract(topic), after ?? defaultContract(topic))
    for (const listener of this.#listeners) listener({ topic, concernsReaders: !alike })
  }

  #find(topic: string): Contract | undefined {
    const { files, store, log } = this.#parts
    const ofFile = files.find(topic)
    if (ofFile) return ofFile.contract
    const { contract = null, revision } = (store.isRead && store.current(topic)) || {}
    if (contract === null) return undefined
    const reading = readContract(contract)
    if ('contract' in reading) return reading.contract
    log.error({ topic, revision, faults: reading.faults }, 'A contract cannot be understood')
    this.#unusable.set(topic, unusable(topic, revision))
    return undefined
  }
}

/** What others keep of a contract or its quota they know it by the object: what is the same stays the same one. */
function carriedOver(before: Contract | undefined, after: Contract): Contract {
  if (before && isDeepStrictEqual(before, after)) return before
  if (!before?.quota || !isDeepStrictEqual(before.quota, after.quota)) return after
  return { ...after, quota: before.quota }
}

function unusable(topic: string, revision: number | undefined): GatewayError {
  const detail = `Revision ${revision} of the contract of "${topic}" cannot be understood: another version of the gateway wrote it.`
  return new GatewayError('state-unavailable', detail, { retryAfterSeconds: 30 })
}
