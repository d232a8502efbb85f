import type { Contract } from '../contracts/contract.ts'
import type { StoredRecord } from '../kafka/record.ts'
import type { Event } from './event.ts'
import type { EventDecoder, OpenRecord, ReadOptions } from './event-decoder.ts'
import type { EventFilter } from './event-filter.ts'
import type { FieldSelection } from './field-selection.ts'

/** Which events a reader wants, and in what form. */
export interface EventWish extends ReadOptions {
  filter?: EventFilter | undefined
  fields?: FieldSelection | undefined
}

/** The first `limit` events that match, and how many of the records were looked at for them. */
export async function matchingEvents(
  decoder: Pick<EventDecoder, 'open'>,
  records: readonly StoredRecord[],
  contract: Contract,
  { limit, ...wish }: EventWish & { limit: number },
): Promise<{ events: Event[]; looked: number }> {
  const events: Event[] = []
  let looked = 0
  for (const record of records) {
    if (events.length >= limit) break
    looked++
    const opening = decoder.open(record, contract)
    const event = wishedEvent(opening instanceof Promise ? await opening : opening, wish)
    if (event) events.push(event)
  }
  return { events, looked }
}

/** Undefined where the filter leaves it out. */
export function wishedEvent(eventAs: OpenRecord, { filter, fields, longs, unmasked }: EventWish): Event | undefined {
  // What a filter says of a number does not depend on how the reader wants it.
  let event = eventAs({ longs: filter ? 'number' : longs, unmasked })
  if (filter && !filter.matches(event)) return undefined
  if (filter && longs !== 'number') event = eventAs({ longs, unmasked })
  return fields ? withFields(event, fields) : event
}

function withFields(event: Event, fields: FieldSelection): Event {
  return event.value === undefined ? event : { ...event, value: fields.select(event.value) }
}
