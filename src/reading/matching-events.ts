import type { Contract } from '../contracts/contract.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'
import type { Event } from './event.ts'
import type { EventDecoder } from './event-decoder.ts'
import type { EventFilter } from './event-filter.ts'
import type { FieldSelection } from './field-selection.ts'

/** Which events a reader wants, and in what form. */
export interface EventWish extends DecodeOptions {
  filter?: EventFilter | undefined
  fields?: FieldSelection | undefined
}

/** The first `limit` events that match, and how many of the records were looked at for them. */
export async function matchingEvents(
  decoder: EventDecoder,
  records: readonly StoredRecord[],
  contract: Contract,
  { limit, filter, fields, longs }: EventWish & { limit: number },
): Promise<{ events: Event[]; looked: number }> {
  // What a filter says of a number does not depend on how the reader wants it.
  const decodeOptions: DecodeOptions = { longs: filter ? 'number' : longs }
  const events: Event[] = []
  let looked = 0
  for (const record of records) {
    if (events.length >= limit) break
    looked++
    const decoding = decoder.decode(record, contract, decodeOptions)
    let event = decoding instanceof Promise ? await decoding : decoding
    if (filter && !filter.matches(event)) continue
    if (longs !== decodeOptions.longs) event = await decoder.decode(record, contract, { longs })
    events.push(fields ? withFields(event, fields) : event)
  }
  return { events, looked }
}

function withFields(event: Event, fields: FieldSelection): Event {
  return event.value === undefined ? event : { ...event, value: fields.select(event.value) }
}
