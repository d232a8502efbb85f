import type { KeptRefusal } from './refusal-record.ts'
import type { RefusalState } from './refusal-states.ts'

/** Which refusals are meant: those that fit all that is given. */
export interface RefusalFilter {
  /** Milliseconds since 1970. */
  since?: number | undefined
  /** Excluded. */
  until?: number | undefined
  /** A violation's code. */
  rule?: string | undefined
  /** The id of a principal, or of an API key. */
  caller?: string | undefined
  state?: RefusalState | undefined
}

export function fits(filter: RefusalFilter, { time, violations, who }: KeptRefusal, state: RefusalState): boolean {
  const { since, until, rule, caller } = filter
  return (
    (filter.state === undefined || filter.state === state) &&
    (since === undefined || time >= since) &&
    (until === undefined || time < until) &&
    (rule === undefined || violations.some(({ code }) => code === rule)) &&
    (caller === undefined || who.id === caller || who.apiKey === caller)
  )
}
