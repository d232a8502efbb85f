import { withoutCredentials } from '../../errors/credentials.ts'
import type { GatewayError } from '../../errors/gateway-error.ts'
import { shortened } from '../../errors/shortened.ts'
import { queryFault } from '../query-fault.ts'

/** A part of a filter's text. */
export interface TextPart {
  readonly start: number
  readonly end: number
}

const mostShown = 40

/** GatewayError `invalid-parameter` that says what is wrong with a filter and, where a part is given, where. */
export function filterFault(what: string, text = '', part?: TextPart): GatewayError {
  return queryFault('filter', part ? `${what} (at character ${part.start + 1}${shownPart(text, part)})` : what)
}

function shownPart(text: string, { start, end }: TextPart): string {
  const shown = text.slice(start, end)
  // Half of a credential cannot be told as one.
  return shown.trim() === '' || withoutCredentials(text) !== text ? '' : `: ${shortened(shown, mostShown)}`
}
