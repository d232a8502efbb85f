import { GatewayError } from '../errors/gateway-error.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import { appendSegment } from '../json/json-pointer.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { mergePatch } from '../json/merge-patch.ts'
import type { Audit, AuditedRequest } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import type { Explanation } from '../yaml/explain-issue.ts'
import { readContract, writtenContract } from './contract.ts'
import { type ContractDrift, type Drift, isManagedByFile } from './contract-drift.ts'
import type { ContractFiles } from './contract-files.ts'
import { changedBetween } from './contract-recorder.ts'
import type { ContractRevision } from './contract-revision.ts'
import type { ContractStore } from './contract-store.ts'
import type { Refuse } from './file-contracts.ts'
import type { LiveContracts } from './live-contracts.ts'

export interface ContractAdministrationParts {
  contracts: Pick<LiveContracts, 'get'>
  store: Pick<ContractStore, 'whenRead' | 'current' | 'history' | 'topics' | 'append'>
  files: Pick<ContractFiles, 'find' | 'topics'>
  drift: Pick<ContractDrift, 'of'>
  refuse: Refuse
  maxBytes: number
  audit: Audit
  log: Logger
}

/** A contract with all that is known about it. */
export interface ContractState {
  topic: string
  /** With its defaults. */
  contract: JsonObject
  source: 'file' | 'topic' | 'default'
  file: string | null
  /** 0: never written. */
  revision: number
  updatedAt: number | null
  updatedBy: string | null
  drift: readonly Drift[]
}

/** On which revisions a change is to be made: undefined, whichever it is; `none`: only where nobody wrote a contract. */
export type Condition = undefined | 'any' | 'none' | readonly number[]

export interface Asker {
  by: string
  request: AuditedRequest
}

/** The contracts of topics: read, changed, and what they were before. */
export class ContractAdministration {
  readonly #parts: ContractAdministrationParts

  constructor(parts: ContractAdministrationParts) {
    this.#parts = parts
  }

  /** Those that somebody wrote, by topic. */
  async list(isVisible: (topic: string) => boolean): Promise<ContractState[]> {
    const { store, files } = this.#parts
    await store.whenRead()
    const topics = [...new Set([...files.topics, ...store.topics])].filter(isVisible).sort()
    return topics.map((topic) => this.#state(topic)).filter(({ source }) => source !== 'default')
  }

  async get(topic: string): Promise<ContractState> {
    await this.#parts.store.whenRead()
    return this.#state(topic)
  }

  async history(topic: string): Promise<ContractRevision[]> {
    await this.#parts.store.whenRead()
    return this.#parts.store.history(topic)
  }

  /** Rejects with `contract-revision-not-found`. */
  async revision(topic: string, number: number): Promise<ContractRevision> {
    const found = (await this.history(topic)).find(({ revision }) => revision === number)
    if (found) return found
    const detail = `The contract of "${topic}" has no revision ${number}, or it is not kept any more.`
    throw new GatewayError('contract-revision-not-found', detail)
  }

  /** Rejects with `contract-invalid`, `contract-managed-by-file`, `revision-not-current`, `contract-conflict`. */
  async put(topic: string, written: JsonObject, condition: Condition, asker: Asker): Promise<ContractState> {
    const current = await this.#changeable(topic, condition)
    return this.#write(topic, current, { ...written, topic: written.topic ?? topic }, condition, asker)
  }

  /** By JSON Merge Patch. Rejects as `put` does. */
  async patch(topic: string, patch: JsonValue, condition: Condition, asker: Asker): Promise<ContractState> {
    const current = await this.#changeable(topic, condition)
    const written = mergePatch(current?.contract ?? { topic }, patch) as JsonObject
    return this.#write(topic, current, written, condition, asker)
  }

  /** Gives the topic the default contract. */
  async delete(topic: string, condition: Condition, isOrphan: boolean, asker: Asker): Promise<ContractState> {
    const current = await this.#changeable(topic, condition, isOrphan)
    if (!current?.contract) return this.#state(topic)
    return this.#append(topic, current, null, condition, asker)
  }

  async #changeable(topic: string, condition: Condition, isOrphan = false): Promise<ContractRevision | undefined> {
    const { store, files } = this.#parts
    await store.whenRead()
    const current = store.current(topic)
    const own = files.find(topic)
    if (own) throw managedByFile(topic, own.file, 'Change the file.')
    if (isManagedByFile(current) && !isOrphan) {
      const advice =
        'This replica does not have that file. If no replica has it any more, DELETE with `?orphaned=true` gives the contract back.'
      throw managedByFile(topic, `${current?.file}`, advice)
    }
    if (!meets(condition, current)) throw notCurrent(topic, current)
    return current
  }

  #write(
    topic: string,
    current: ContractRevision | undefined,
    written: JsonObject,
    condition: Condition,
    asker: Asker,
  ): Promise<ContractState> | ContractState {
    this.#assertValid(topic, written)
    const isSame = current?.contract && changedBetween(current.contract, written).length === 0
    return isSame ? this.#state(topic) : this.#append(topic, current, written, condition, asker)
  }

  #assertValid(topic: string, written: JsonObject): void {
    const { maxBytes, refuse } = this.#parts
    const bytes = Buffer.byteLength(JSON.stringify(written))
    if (bytes > maxBytes) {
      const detail = `The contract is larger than ${maxBytes} bytes (contracts.maxBytes).`
      throw new GatewayError('body-too-large', detail)
    }
    const reading = readContract(written)
    const found = 'contract' in reading ? refuse(reading.contract) : reading.faults
    const isOther = typeof written.topic === 'string' && written.topic !== topic
    const faults = isOther ? [...found, { path: ['topic'], message: `is not that of the path, \`${topic}\`` }] : found
    if (faults.length > 0) throw invalid(faults)
  }

  async #append(
    topic: string,
    before: ContractRevision | undefined,
    contract: JsonObject | null,
    condition: Condition,
    { by, request }: Asker,
  ): Promise<ContractState> {
    const { store, audit, log } = this.#parts
    const changed = changedBetween(before?.contract ?? null, contract)
    const revision = (before?.revision ?? 0) + 1
    const change = {
      event: contract === null ? 'contract-deleted' : 'contract-changed',
      resource: { kind: 'topic', name: topic },
      details: { revision, changed },
    } as const
    await audit.change(request, change, async () => {
      const written = await store.append({ topic, revision, contract, by, file: null, changed })
      if (!written) throw condition === undefined ? conflict(topic) : notCurrent(topic, store.current(topic))
    })
    log.info({ topic, by, revision, changed }, 'A contract was changed')
    return this.#state(topic)
  }

  #state(topic: string): ContractState {
    const { contracts, store, files, drift } = this.#parts
    const own = files.find(topic)
    const current = store.current(topic)
    const isOfFile = own !== undefined || isManagedByFile(current)
    return {
      topic,
      contract: writtenContract(contracts.get(topic)) as JsonObject,
      source: isOfFile ? 'file' : current?.contract ? 'topic' : 'default',
      file: own?.file ?? (isOfFile ? (current?.file ?? null) : null),
      revision: current?.revision ?? 0,
      updatedAt: current?.at ?? null,
      updatedBy: current?.by ?? null,
      drift: drift.of(topic),
    }
  }
}

function meets(condition: Condition, current: ContractRevision | undefined): boolean {
  const isWritten = current !== undefined && current.contract !== null
  if (condition === undefined) return true
  if (condition === 'any') return isWritten
  if (condition === 'none') return !isWritten
  return condition.includes(current?.revision ?? 0)
}

function invalid(found: readonly Explanation[]): GatewayError {
  const faults = found.map(
    ({ path, message }): RequestFault => ({
      in: 'body',
      pointer: path.map(String).reduce(appendSegment, ''),
      message,
    }),
  )
  const places = faults.length === 1 ? '1 place' : `${faults.length} places`
  const first = faults[0]
  const detail = `The contract is not valid in ${places}. ${first?.pointer || 'It'} ${first?.message}.`
  return new GatewayError('contract-invalid', detail, { members: { faults } })
}

function managedByFile(topic: string, file: string, advice: string): GatewayError {
  const detail = `The contract of "${topic}" is managed by the file ${file}. ${advice}`
  return new GatewayError('contract-managed-by-file', detail, { members: { file } })
}

function notCurrent(topic: string, current: ContractRevision | undefined): GatewayError {
  const revision = current?.revision ?? 0
  const state = current?.contract ? `is at revision ${revision}` : `is the default, at revision ${revision}`
  return new GatewayError('revision-not-current', `The contract of "${topic}" ${state}. Nothing was changed.`, {
    headers: { etag: `"${revision}"` },
    members: { revision },
  })
}

function conflict(topic: string): GatewayError {
  const detail = `Somebody else changed the contract of "${topic}" at the same time. Nothing was changed by this request.`
  return new GatewayError('contract-conflict', detail)
}
