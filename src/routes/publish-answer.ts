import type { Response } from 'express'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import { commonOutcome, type Outcome, type OutcomeName, type Published } from '../publishing/outcome.ts'
import { sayDeprecated } from './deprecation-headers.ts'
import { answerJson } from './operation.ts'
import type { Preferences } from './preferences.ts'

/** The answer to one event: 201, or the problem that its outcome is. */
export function answerOne(res: Response, topic: string, published: Published, preferences: Preferences): void {
  const { schema, outcomes, deprecation } = published
  sayDeprecated(res, deprecation)
  const outcome = outcomes[0] as Outcome
  if (outcome.outcome !== 'published') throw problemOfOne(outcome, published)
  const { partition, offset, timestamp } = outcome
  res.setHeader('location', `/v1/topics/${topic}/partitions/${partition}/events/${offset}`)
  answerCreated(res, { topic, partition, offset, timestamp, schema }, preferences)
}

const batchProblems: Partial<Record<OutcomeName | 'mixed', { code: ProblemCode; detail: string }>> = {
  refused: { code: 'batch-refused', detail: 'Every event of the batch was refused; nothing was written.' },
  failed: { code: 'batch-failed', detail: 'Kafka wrote none of the events.' },
  unknown: {
    code: 'outcome-unknown',
    detail:
      'Kafka has confirmed none of the events in time; they may still be written, and a retry may write them twice.',
  },
}

/** The answer to a batch: one status where all events came to the same end, 207 where not. */
export function answerBatch(
  res: Response,
  topic: string,
  { schema, outcomes, deprecation }: Published,
  preferences: Preferences,
): void {
  sayDeprecated(res, deprecation)
  const common = commonOutcome(outcomes)
  const problem = batchProblems[common]
  if (problem)
    throw new GatewayError(problem.code, problem.detail, {
      members: { topic, schema: schema ?? undefined, outcomes, retryable: outcomes.some(mayRetry) },
    })
  if (common === 'published') answerCreated(res, { topic, schema, outcomes }, preferences)
  else answerJson(res, 207, { topic, schema, outcomes })
}

const mayRetry = (outcome: Outcome): boolean => 'retryable' in outcome && outcome.retryable

function answerCreated(res: Response, body: unknown, { minimal, applied }: Preferences): void {
  if (applied.length > 0) res.setHeader('preference-applied', applied.join(', '))
  if (minimal) res.writeHead(201, { 'content-length': 0 }).end()
  else answerJson(res, 201, body)
}

function problemOfOne(outcome: Exclude<Outcome, { outcome: 'published' }>, { schema }: Published): GatewayError {
  switch (outcome.outcome) {
    case 'refused': {
      const { violations } = outcome
      const [first] = violations
      if (violations.length === 1 && first?.code === 'event-too-large')
        return new GatewayError('event-too-large', first.message)
      const places = violations.length === 1 ? '1 place' : `${violations.length} places`
      return new GatewayError('event-refused', outcome.detail ?? `The event breaks its contract in ${places}.`, {
        violations,
        members: { outcome: 'refused', schema: schema ?? undefined, kept: outcome.kept, notKept: outcome.notKept },
      })
    }
    case 'failed':
      return new GatewayError(outcome.code, outcome.detail, { members: { outcome: 'failed' } })
    case 'unknown':
      return new GatewayError('outcome-unknown', outcome.detail, { members: { outcome: 'unknown' } })
    case 'withheld':
      throw new Error('an event of its own is never withheld')
  }
}
