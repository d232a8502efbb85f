import type { Config } from '../config/config.ts'
import { mostViolations } from '../errors/violation.ts'
import type { PatchOperation } from '../json/json-patch.ts'
import type { AuditedRequest } from '../observability/audit.ts'
import { Judge } from '../publishing/judge.ts'
import type { TargetOf } from '../publishing/publish-target.ts'
import type { ByteSink } from '../schemas/byte-sink.ts'
import type { PageWish, Refusal, RefusalLog, RefusalPage } from './refusal-log.ts'
import type { ReplayedMany, ReplayOutcome } from './replay-answer.ts'
import { type Replayable, type Settling, writeReplayed } from './replay-transactions.ts'
import { type ReadEnvelope, type Rejudged, type Rejudging, rejudged } from './replayed-event.ts'

export interface ReplayRunParts {
  targetOf: TargetOf
  logNameOf: (topic: string) => string
  /** Used by nobody else. */
  sink: ByteSink
  limits: Config['limits']
}

export interface ReplayWish {
  patch: readonly PatchOperation[] | undefined
  /** Judges only. */
  dryRun: boolean
  readEnvelope: ReadEnvelope
  request: AuditedRequest
}

interface Run {
  topic: string
  log: RefusalLog
  /** By `Date.now()`. */
  deadline: number
}

type Judged = (refusal: Refusal) => Rejudged

/** So many events share a transaction at most. */
const mostTogether = 100
/** Part of the time that a replay has: no transaction is begun after it. */
const leftForLastMs = 15_000

/** Judges refusals by the contract and the schema of now, and writes those that have become valid. */
export class ReplayRun {
  readonly #parts: ReplayRunParts

  constructor(parts: ReplayRunParts) {
    this.#parts = parts
  }

  /** @param settling absent for a dry run */
  async one(run: Run, refusal: Refusal, wish: ReplayWish, settling: Settling | undefined): Promise<ReplayOutcome> {
    const judge = await this.#judging(run.topic, wish)
    const { outcomes, stopped } = await this.#write(run, [refusal], judge, wish, settling)
    const outcome = outcomes.get(refusal.id)
    if (outcome) return outcome
    const { code, detail } = stopped ?? { code: 'internal', detail: 'the replay has no outcome' }
    return { id: refusal.id, outcome: 'failed', code, detail }
  }

  async many(run: Run, wish: PageWish, how: ReplayWish, settling: Settling | undefined): Promise<ReplayedMany> {
    const judge = await this.#judging(run.topic, how)
    const filter = { ...wish.filter, state: 'open' } as const
    const outcomes: ReplayOutcome[] = []
    let at: Pick<RefusalPage, 'next' | 'atEnd'> = { next: wish.from, atEnd: false }
    while (!at.atEnd && outcomes.length < wish.limit && Date.now() < run.deadline - leftForLastMs) {
      const limit = Math.min(mostTogether, wish.limit - outcomes.length)
      const page = await run.log.page({ filter, from: at.next, limit }, run.deadline)
      const written = await this.#write(run, page.refusals, judge, how, settling)
      outcomes.push(...page.refusals.flatMap(({ id }) => written.outcomes.get(id) ?? []))
      if (written.stopped) return { outcomes, next: at.next, atEnd: false, stopped: written.stopped }
      at = page
    }
    return { outcomes, next: at.next, atEnd: at.atEnd, stopped: undefined }
  }

  async #write(
    { topic }: Run,
    refusals: readonly Refusal[],
    judge: Judged,
    { request, patch }: ReplayWish,
    settling: Settling | undefined,
  ): Promise<{ outcomes: Map<string, ReplayOutcome>; stopped?: ReplayedMany['stopped'] }> {
    const outcomes = new Map<string, ReplayOutcome>()
    const valid: Replayable[] = []
    for (const refusal of refusals) {
      const { id, offset: of } = refusal
      const found = judge(refusal)
      if (found.status !== 'valid') outcomes.set(id, notValid(id, found))
      else if (settling) valid.push({ id, of, record: found.record })
      else outcomes.set(id, { id, outcome: 'valid' })
    }
    if (!settling || valid.length === 0) return { outcomes }
    const mark = { by: request.who, requestId: request.requestId, ...(patch && { patched: true }) }
    const topics = { topic, log: this.#parts.logNameOf(topic) }
    const written = await writeReplayed(settling, valid, topics, mark)
    for (const outcome of written.outcomes) outcomes.set(outcome.id, outcome)
    return { outcomes, ...(written.stopped && { stopped: written.stopped }) }
  }

  async #judging(topic: string, { patch, readEnvelope }: ReplayWish): Promise<Judged> {
    const { targetOf, sink, limits } = this.#parts
    const target = await targetOf(topic)
    const judge = new Judge(target, limits, sink)
    // The envelope is one level around the event's own.
    const patchLimits = { depth: limits.jsonDepth + 1, size: limits.eventBytes + limits.keyBytes + limits.headersBytes }
    const rejudging: Rejudging = { judge, patch, readEnvelope, limits: patchLimits }
    return (refusal) => {
      sink.reset()
      return rejudged(refusal, rejudging)
    }
  }
}

function notValid(id: string, found: Exclude<Rejudged, { status: 'valid' }>): ReplayOutcome {
  if (found.status === 'unpatched') return { id, outcome: 'unpatched', detail: found.detail }
  const violations = found.violations.slice(0, mostViolations)
  return { id, outcome: 'refused', violations }
}
