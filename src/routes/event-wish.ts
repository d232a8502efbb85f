import { parseFilter } from '../reading/event-filter.ts'
import { parseFields } from '../reading/field-selection.ts'
import type { EventWish } from '../reading/matching-events.ts'

interface WishParameters {
  longs?: EventWish['longs']
  filter?: string
  fields?: string
}

/** The parameters of everything that gives events. Throws GatewayError `invalid-parameter`. */
export const eventWish = (
  { longs = 'number', filter, fields }: WishParameters,
  unmasked: EventWish['unmasked'],
): EventWish => ({
  longs,
  unmasked,
  filter: filter === undefined ? undefined : parseFilter(filter),
  fields: fields === undefined ? undefined : parseFields(fields),
})
