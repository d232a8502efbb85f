import assert from 'node:assert/strict'
import { type Contract, readContract } from '../../src/contracts/contract.ts'
import type { Masking } from '../../src/contracts/masking.ts'
import type { JsonValue } from '../../src/json/json-value.ts'
import type { Event } from '../../src/reading/event.ts'
import { eventMask } from '../../src/reading/masking/event-mask.ts'
import { pseudonyms } from '../../src/reading/masking/pseudonyms.ts'
import { parseSchema } from '../../src/schemas/avro/parse-schema.ts'

export const maskingSecret = 'a-masking-secret-of-the-tests-0123456789'
export const pseudonymOf = pseudonyms(maskingSecret)

export interface MaskedCase {
  masking: object
  /** As the event was written. */
  schema?: unknown
  /** As the contract has it now; the same where it is left out, none where it is null. */
  current?: unknown
  contract?: object
  event?: Partial<Event>
}

export function contractOf(written: object): Contract & { masking: Masking } {
  const reading = readContract({ topic: 'orders', ...written })
  assert.ok('contract' in reading, JSON.stringify(reading))
  const { contract } = reading
  assert.ok(contract.masking)
  return { ...contract, masking: contract.masking }
}

/** An event as a reader without the scope is shown it. */
export function maskedEvent(
  value: JsonValue,
  { masking, schema, current = schema, contract, event }: MaskedCase,
): Event {
  const typeOf = (written: unknown) => (written ? parseSchema(JSON.stringify(written), []) : undefined)
  const mask = eventMask({
    contract: contractOf({
      ...(!schema && !current && { schemaless: true }),
      ...contract,
      masking: { unless: 'pii', ...masking },
    }),
    type: typeOf(schema),
    current: typeOf(current),
    pseudonymOf,
  })
  const whole: Event = {
    topic: 'orders',
    partition: 0,
    offset: 1,
    timestamp: null,
    key: null,
    headers: {},
    value,
    schema: schema ? { subject: 'orders-value', version: 1, id: 1 } : null,
    ...event,
  }
  return mask(whole)
}
