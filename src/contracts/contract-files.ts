import { isDeepStrictEqual } from 'node:util'
import type { Logger } from '../observability/logger.ts'
import type { PartState, ReportedPart } from '../observability/part-health.ts'
import type { Contract } from './contract.ts'
import { ContractsError } from './contracts-error.ts'
import {
  type ContractFile,
  type FileContract,
  FileContracts,
  type Refuse,
  readFiles,
  readFilesLater,
} from './file-contracts.ts'

export interface ContractFilesParts {
  /** Undefined: there are none. */
  directory: string | undefined
  reloadMs: number
  /** Of files that are read later; those of the start are judged by whoever starts. */
  refuse: Refuse
  log: Logger
}

/**
 * The contracts of a folder, which is read again and again. What is new there holds from then on, all of it at once, if all of it is
 * right; if not, what was right before stays, and this part is down until the files are.
 */
export class ContractFiles implements ReportedPart, Disposable {
  readonly part = 'contracts'
  readonly wasUp = true
  readonly #parts: ContractFilesParts
  readonly #timer: NodeJS.Timeout | undefined
  #files: readonly ContractFile[]
  #contracts: FileContracts
  #state: PartState = { state: 'up', since: new Date().toISOString() }
  #isLooking = false
  #onChange: (topics: string[]) => void = () => {}
  #onLooked: () => void = () => {}

  private constructor(parts: ContractFilesParts, files: readonly ContractFile[]) {
    this.#parts = parts
    this.#files = files
    this.#contracts = FileContracts.of(files)
    const { directory } = parts
    if (directory === undefined) return
    this.#timer = setInterval(() => void this.#look(directory), parts.reloadMs).unref()
  }

  /** Throws a ContractsError with every fault of every file. */
  static load(parts: ContractFilesParts): ContractFiles {
    return new ContractFiles(parts, parts.directory === undefined ? [] : readFiles(parts.directory))
  }

  /** Whether there is a folder at all. */
  get isConfigured(): boolean {
    return this.#parts.directory !== undefined
  }

  get current(): PartState {
    return this.#state
  }

  get topics(): string[] {
    return this.#contracts.topics
  }

  list(): readonly Contract[] {
    return this.#contracts.list()
  }

  find(topic: string): FileContract | undefined {
    return this.#contracts.find(topic)
  }

  /** Told of the topics whose files are others, and of each time that was looked. */
  follow(onChange: (topics: string[]) => void, onLooked: () => void): void {
    this.#onChange = onChange
    this.#onLooked = onLooked
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(directory: string): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      this.#take(await readFilesLater(directory))
      this.#up()
    } catch (error) {
      if (error instanceof ContractsError) this.#down(error.message)
      else this.#parts.log.error({ err: error }, 'The files of contracts could not be looked at')
    } finally {
      this.#isLooking = false
      this.#onLooked()
    }
  }

  #take(files: readonly ContractFile[]): void {
    if (isDeepStrictEqual(files, this.#files)) return
    const before = this.#contracts
    const after = FileContracts.of(files, this.#parts.refuse)
    const topics = [...new Set([...before.topics, ...after.topics])]
    const changed = topics.filter((topic) => !isSame(before.find(topic), after.find(topic)))
    this.#files = files
    this.#contracts = after
    if (changed.length === 0) return
    this.#parts.log.info({ topics: changed }, 'The files have other contracts')
    this.#onChange(changed)
  }

  #up(): void {
    if (this.#state.state === 'up') return
    this.#state = { state: 'up', since: new Date().toISOString() }
    this.#parts.log.info('The files of contracts are right')
  }

  #down(faults: string): void {
    const cause = `contracts.directory: ${faults}; the contracts in use stay`
    if (this.#state.cause === cause) return
    const since = this.#state.state === 'down' ? this.#state.since : new Date().toISOString()
    this.#state = { state: 'down', since, cause }
    this.#parts.log.error({ part: 'contracts', cause }, 'The files of contracts are not right')
  }
}

const isSame = (one: FileContract | undefined, other: FileContract | undefined): boolean =>
  one?.file === other?.file && isDeepStrictEqual(one?.contract, other?.contract)
