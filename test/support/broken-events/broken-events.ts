import type { Violation } from '../../../src/errors/violation.ts'
import { arrays } from './arrays.ts'
import { binary } from './binary.ts'
import { dates } from './dates.ts'
import { decimals } from './decimals.ts'
import { enums } from './enums.ts'
import { folders } from './folders.ts'
import { identifiers } from './identifiers.ts'
import { maps } from './maps.ts'
import { notes } from './notes.ts'
import { nullables } from './nullables.ts'
import { numberUnions } from './number-unions.ts'
import { numbers } from './numbers.ts'
import { oddNames } from './odd-names.ts'
import { orders } from './orders.ts'
import { payments } from './payments.ts'
import { telemetry } from './telemetry.ts'
import { timestamps } from './timestamps.ts'
import { topUnion } from './top-union.ts'
import { trees } from './trees.ts'
import { trips } from './trips.ts'

/** A schema, events that it allows, and events that it does not. Events are JSON texts, so that they have all their digits. */
export interface SchemaCases {
  /** Avro. */
  schema: unknown
  good: readonly string[]
  broken: readonly BrokenEvent[]
}

/**
 * An event and all of its violations, in no order: `/pointer code`, and `/pointer code → suggestion` where one is due. Written by hand
 * from docs/natural-json.md.
 */
export type BrokenEvent = readonly [json: string, ...violations: string[]]

/** By a name that a topic may have. */
export const brokenEvents: Readonly<Record<string, SchemaCases>> = {
  arrays,
  binary,
  dates,
  decimals,
  enums,
  folders,
  identifiers,
  maps,
  notes,
  nullables,
  'number-unions': numberUnions,
  numbers,
  'odd-names': oddNames,
  orders,
  payments,
  telemetry,
  timestamps,
  'top-union': topUnion,
  trees,
  trips,
}

/** A violation as {@link BrokenEvent} writes it. */
export function asLine({ pointer, code, suggestion }: Pick<Violation, 'pointer' | 'code' | 'suggestion'>): string {
  return `${pointer} ${code}${suggestion === undefined ? '' : ` → ${suggestion}`}`
}
