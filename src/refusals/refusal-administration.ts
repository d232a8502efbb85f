import { GatewayError } from '../errors/gateway-error.ts'
import type { TransactionalProducer } from '../kafka/transactional-producer.ts'
import type { Turns } from '../kafka/turns.ts'
import type { Audit, AuditedRequest, AuditedResource } from '../observability/audit.ts'
import type { PageWish, Refusal, RefusalLog, RefusalPage } from './refusal-log.ts'
import type { RefusalLogs } from './refusal-logs.ts'
import { markRecord } from './refusal-record.ts'
import { type ReplayedMany, type ReplayOutcome, stoppedProblem } from './replay-answer.ts'
import type { ReplayRun, ReplayWish } from './replay-run.ts'
import { type Settling, superseded } from './replay-transactions.ts'

/** What is counted of what became of refusals. */
export interface SettledMeter {
  countSettled(state: 'replayed' | 'discarded', refusals: number): void
}

export interface RefusalAdministrationParts {
  logs: Pick<RefusalLogs, 'of'>
  runs: Pick<ReplayRun, 'one' | 'many'>
  /** The name of the topic that has the refusals of a topic. */
  logNameOf: (topic: string) => string
  /** Ends all other work on the refusals of the topic, wherever it is done. */
  begin: (topic: string, deadline: number) => Promise<TransactionalProducer>
  /** Each call of Kafka's transactions holds one of Node's four threads. */
  turns: Pick<Turns, 'take' | 'give'>
  audit: Audit
  meter: SettledMeter
}

export interface Asked {
  /** Whose turn it is. */
  caller: string
  request: AuditedRequest
}

const limitMs = 30_000

/** The refused events of topics: looked at, replayed and discarded. */
export class RefusalAdministration {
  readonly #parts: RefusalAdministrationParts

  constructor(parts: RefusalAdministrationParts) {
    this.#parts = parts
  }

  /** Rejects with `kafka-unavailable`. */
  async list(topic: string, wish: PageWish): Promise<RefusalPage & { open: number }> {
    const deadline = Date.now() + limitMs
    const log = this.#parts.logs.of(topic)
    const isThere = await log.catchUp(deadline)
    const page = isThere ? await log.page(wish, deadline) : nothing
    return { ...page, open: isThere ? log.states.open : 0 }
  }

  /** Rejects with `refusal-not-found`. */
  async get(topic: string, id: string): Promise<Refusal> {
    const deadline = Date.now() + limitMs
    const log = this.#parts.logs.of(topic)
    await log.catchUpTo(id, deadline)
    return log.one(id, deadline)
  }

  /** Rejects with `refusal-not-found`, and `refusal-settled` where it is not open any more. */
  async replayOne(topic: string, id: string, wish: ReplayWish & Asked): Promise<ReplayOutcome> {
    const { audit, runs } = this.#parts
    const deadline = Date.now() + limitMs
    const log = await this.#withOpen(topic, id, deadline)
    if (wish.dryRun) return runs.one({ topic, log, deadline }, await log.one(id, deadline), wish, undefined)
    const act = () =>
      this.#alone(topic, log, wish, deadline, async (settling) => {
        const outcome = await runs.one({ topic, log, deadline }, openOf(await log.one(id, deadline)), wish, settling)
        this.#parts.meter.countSettled('replayed', outcome.outcome === 'replayed' ? 1 : 0)
        return outcome
      })
    const change = (outcomes: readonly ReplayOutcome[]) => replayChange(topic, id, wish, outcomes)
    return audit.change(wish.request, change([]), act, (outcome) => change([outcome]))
  }

  /** In the order in which they were refused. What is refused again stays as it is. */
  async replayMany(topic: string, page: PageWish, wish: ReplayWish & Asked): Promise<ReplayedMany> {
    const { audit, runs, meter } = this.#parts
    const deadline = Date.now() + limitMs
    const log = this.#parts.logs.of(topic)
    if (!(await log.catchUp(deadline))) return noneReplayed
    const run = { topic, log, deadline }
    if (wish.dryRun) return runs.many(run, page, wish, undefined)
    // Where there is nothing to do, nobody has to be stopped for it.
    if (log.states.open === 0) return runs.many(run, page, wish, undefined)
    const act = () =>
      this.#alone(topic, log, wish, deadline, async (settling) => {
        const replayed = await runs.many(run, page, wish, settling)
        meter.countSettled('replayed', countReplayed(replayed.outcomes))
        if (replayed.stopped && replayed.outcomes.length === 0) throw stoppedProblem(replayed.stopped)
        return replayed
      })
    const change = (outcomes: readonly ReplayOutcome[]) => replayChange(topic, null, wish, outcomes)
    return audit.change(wish.request, change([]), act, ({ outcomes }) => change(outcomes))
  }

  /** Rejects as {@link replayOne}. */
  async discard(topic: string, id: string, asked: Asked): Promise<void> {
    const { audit, meter, logNameOf } = this.#parts
    const deadline = Date.now() + limitMs
    const log = await this.#withOpen(topic, id, deadline)
    const change = { event: 'refusal-discarded', resource: resourceOf(topic), details: { refusal: id } } as const
    await audit.change(asked.request, change, () =>
      this.#alone(topic, log, asked, deadline, async ({ transact }) => {
        const { offset } = openOf(await log.one(id, deadline))
        const { who, requestId } = asked.request
        const mark = markRecord({ of: offset, state: 'discarded', by: who, requestId })
        const transacted = await transact([{ topic: logNameOf(topic), record: mark }], () => [])
        if (transacted.status === 'committed') {
          log.settled(offset, 'discarded')
          meter.countSettled('discarded', 1)
        } else if (transacted.isSuperseded) throw stoppedProblem(superseded())
        else throw notDiscarded(transacted)
      }),
    )
  }

  async #withOpen(topic: string, id: string, deadline: number): Promise<RefusalLog> {
    const log = this.#parts.logs.of(topic)
    await log.catchUpTo(id, deadline)
    openOf(await log.one(id, deadline))
    return log
  }

  /** What is done in it is done by nobody else: what others have settled before is known, and after it they settle nothing. */
  async #alone<T>(
    topic: string,
    log: RefusalLog,
    { caller }: Asked,
    deadline: number,
    work: (settling: Settling) => Promise<T>,
  ): Promise<T> {
    const { turns, begin } = this.#parts
    await turns.take({ deadline, caller })
    let producer: TransactionalProducer | undefined
    const renew = async () => {
      await producer?.[Symbol.asyncDispose]()
      producer = undefined
      producer = await begin(topic, deadline)
      await log.catchUp(deadline)
    }
    try {
      await renew()
      return await work({
        transact: (...transaction) => (producer as TransactionalProducer).transact(...transaction),
        renew,
        isOpen: (offset) => log.states.of(offset) === 'open',
        settled: (offset) => log.settled(offset, 'replayed'),
      })
    } finally {
      await producer?.[Symbol.asyncDispose]()
      turns.give()
    }
  }
}

const nothing: RefusalPage = { refusals: [], next: undefined, atEnd: true }
const noneReplayed: ReplayedMany = { outcomes: [], next: undefined, atEnd: true, stopped: undefined }

const resourceOf = (topic: string): AuditedResource => ({ kind: 'topic', name: topic })

const countReplayed = (outcomes: readonly ReplayOutcome[]): number =>
  outcomes.filter(({ outcome }) => outcome === 'replayed').length

function replayChange(
  topic: string,
  refusal: string | null,
  { patch }: ReplayWish,
  outcomes: readonly ReplayOutcome[],
) {
  const details = { refusal, patched: patch !== undefined, replayed: countReplayed(outcomes) }
  return { event: 'refusals-replayed', resource: resourceOf(topic), details } as const
}

function openOf(refusal: Refusal): Refusal {
  if (refusal.state === 'open') return refusal
  throw new GatewayError('refusal-settled', `The refusal ${refusal.id} was ${refusal.state} already.`)
}

function notDiscarded({ status, reason }: { status: 'aborted' | 'unknown'; reason: string }): GatewayError {
  if (status === 'aborted') {
    return new GatewayError('kafka-unavailable', `Kafka did not write it: ${reason}.`, { retryAfterSeconds: 1 })
  }
  const detail = `Kafka's answer leaves open whether it is discarded: ${reason}. Discard it again.`
  return new GatewayError('kafka-unavailable', detail, { retryAfterSeconds: 1, mayBeDone: true })
}
