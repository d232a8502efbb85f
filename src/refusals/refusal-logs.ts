import { LRUCache } from 'lru-cache'
import type { Contract } from '../contracts/contract.ts'
import type { RecordLog } from '../kafka/record-log.ts'
import type { KeepRefusal } from '../publishing/refusal-keeping.ts'
import { refusalId } from './refusal-id.ts'
import { RefusalLog } from './refusal-log.ts'
import { refusalRecord } from './refusal-record.ts'

/** What is counted of what is kept. */
export interface RefusalMeter {
  countKept(isKept: boolean): void
}

export interface RefusalLogsParts {
  /** The log of a topic's refusals, and how long it keeps them where it has to be made. */
  openLog: (topic: string, days: number) => RecordLog
  contractOf: (topic: string) => Pick<Contract, 'refusals'>
  meter: RefusalMeter
}

const mostLogs = 1_000
const defaultDays = 30
/** What was read of a log that nobody asks for is forgotten. */
const mostRead = 50
const idleMs = 600_000

/** The refusals of all topics: kept, and found again. */
export class RefusalLogs {
  readonly #parts: RefusalLogsParts
  readonly #logs = new LRUCache<string, RecordLog>({ max: mostLogs })
  readonly #read = new LRUCache<string, RefusalLog>({ max: mostRead, ttl: idleMs, updateAgeOnGet: true })

  constructor(parts: RefusalLogsParts) {
    this.#parts = parts
  }

  readonly keep: KeepRefusal = async (refused, limitMs) => {
    const { contract, caller } = refused
    const appended = await this.#logOf(contract.topic).append(refusalRecord(refused), caller, Date.now() + limitMs)
    const isKept = appended.status === 'written'
    this.#parts.meter.countKept(isKept)
    if (isKept) return { kept: refusalId(appended.topicId, appended.offset) }
    const mayBe = appended.status === 'unknown' ? ' It may be kept all the same.' : ''
    return { kept: null, notKept: `${appended.reason}.${mayBe}` }
  }

  of(topic: string): RefusalLog {
    const known = this.#read.get(topic) ?? new RefusalLog(this.#logOf(topic))
    this.#read.set(topic, known)
    return known
  }

  #logOf(topic: string): RecordLog {
    const { openLog, contractOf } = this.#parts
    const known = this.#logs.get(topic) ?? openLog(topic, contractOf(topic).refusals?.days ?? defaultDays)
    this.#logs.set(topic, known)
    return known
  }
}
