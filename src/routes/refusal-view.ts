import type { Principal } from '../auth/principal.ts'
import { mayDo } from '../auth/scope.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { type RequestFault, requestError } from '../errors/request-fault.ts'
import type { Violation } from '../errors/violation.ts'
import type { components } from '../generated/openapi.ts'
import { formatTime, parseTime } from '../json/time.ts'
import type { RefusalFilter } from '../refusals/refusal-filter.ts'
import type { Refusal } from '../refusals/refusal-log.ts'
import type { ReplayOutcome } from '../refusals/replay-answer.ts'
import { unmaskingScope } from './unmasking-scopes.ts'

type Schemas = components['schemas']

/** Whether a caller would be shown an event of the topic as it is. */
export function maySee(principal: Principal, topic: string, contracts: Pick<ContractSource, 'get'>): boolean {
  const isMasked = contracts.get(topic).masking !== undefined
  const isUnmasked = !isMasked || unmaskingScope(principal, topic, contracts) !== undefined
  return isUnmasked && mayDo(principal.scopes, 'read', topic)
}

export function shownRefusal(refusal: Refusal, isSeen: boolean): Schemas['Refusal'] {
  const { id, state, time, omittedViolations, schema, contract, who, from, requestId, way } = refusal
  const { text, envelope, contentType } = refusal
  return {
    id,
    state,
    time: formatTime(time),
    violations: shownViolations(refusal.violations, isSeen),
    omittedViolations,
    schema,
    contract,
    caller: who,
    address: from,
    requestId,
    way,
    event: isSeen
      ? ({ text, ...envelope, ...(contentType !== undefined && { contentType }) } as Schemas['RefusedEvent'])
      : null,
  }
}

export const shownOutcome = (outcome: ReplayOutcome, isSeen: boolean): ReplayOutcome =>
  outcome.outcome === 'refused' ? { ...outcome, violations: shownViolations(outcome.violations, isSeen) } : outcome

/** What was found is part of the event, and is in messages, too. */
function shownViolations(violations: readonly Violation[], isSeen: boolean): Violation[] {
  if (isSeen) return [...violations]
  const message = 'What was found is shown to those alone who may see the event.'
  return violations.map(({ pointer, in: part, code, expected }) => ({
    pointer,
    ...(part && { in: part }),
    code,
    message,
    expected,
    found: 'not shown',
  }))
}

interface WrittenFilter {
  rule?: string
  caller?: string
  since?: string
  until?: string
}

/** Throws GatewayErrors `invalid-parameter` and `invalid-body`. */
export function filterOf({ rule, caller, since, until }: WrittenFilter, place: 'query' | 'body'): RefusalFilter {
  return { rule, caller, since: timeOf('since', since, place), until: timeOf('until', until, place) }
}

function timeOf(name: string, text: string | undefined, place: Extract<RequestFault['in'], 'query' | 'body'>) {
  if (text === undefined) return undefined
  const ms = parseTime(text)
  if (ms !== undefined && ms >= 0) return ms
  throw requestError(place, place === 'body' ? `/filter/${name}` : name, 'must be an RFC 3339 time after 1970')
}
