import { GatewayError } from '../errors/gateway-error.ts'
import type { Violation } from '../errors/violation.ts'
import { applyPatch, PatchFault, type PatchLimits, type PatchOperation } from '../json/json-patch.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import type { EncodedRecord } from '../kafka/record.ts'
import type { EventIn } from '../publishing/event-in.ts'
import type { Judge } from '../publishing/judge.ts'
import type { Refusal } from './refusal-log.ts'

/** The event of an envelope such as a line of NDJSON has. Throws GatewayError `invalid-body`. */
export type ReadEnvelope = (envelope: JsonValue, bytes: number) => EventIn

/** What would become of a refusal now. */
export type Rejudged =
  | { status: 'valid'; record: EncodedRecord }
  | { status: 'refused'; violations: readonly Violation[] }
  | { status: 'unpatched'; detail: string }

export interface Rejudging {
  judge: Judge
  patch: readonly PatchOperation[] | undefined
  readEnvelope: ReadEnvelope
  limits: PatchLimits
}

/** The header of a replayed event: the id of its refusal. */
export const replayedHeader = 'headgate-replayed'

/** The record is the caller's own: nothing that is judged later changes it. */
export function rejudged(refusal: Refusal, { judge, patch, readEnvelope, limits }: Rejudging): Rejudged {
  const { text, envelope, contentType, time, id } = refusal
  const value = parseJson(Buffer.from(text), Number.POSITIVE_INFINITY)
  let event: EventIn = { value, ...envelope }
  if (patch) {
    try {
      const patched = applyPatch({ value, ...envelope } as unknown as JsonValue, patch, limits)
      event = readEnvelope(patched, Buffer.byteLength(JSON.stringify(patched)))
    } catch (error) {
      const detail = whyNot(error)
      if (detail === undefined) throw error
      return { status: 'unpatched', detail }
    }
  }
  if (contentType !== undefined) event = { ...event, contentType }
  const oversize = judge.oversize(event)
  const { record, violations } = oversize ? { violations: [oversize] } : judge.judge(event, time)
  if (!record) return { status: 'refused', violations }
  const headers = [...record.headers, { name: replayedHeader, value: Buffer.from(id) }]
  return { status: 'valid', record: { ...record, value: record.value && Buffer.from(record.value), headers } }
}

function whyNot(error: unknown): string | undefined {
  if (error instanceof PatchFault) return `Operation ${error.index} of the patch cannot be done: ${error.message}.`
  if (error instanceof GatewayError && error.code === 'invalid-body')
    return `What the patch makes of the event is no event: ${error.message}`
  return undefined
}
