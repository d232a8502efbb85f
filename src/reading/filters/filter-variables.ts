import type { Event } from '../event.ts'
import { type Kind, plain, type Value } from './filter-value.ts'

export interface FilterVariable {
  kind: Kind
  read: (event: Event) => Value
  /** 0 for the event's own, else how many `exists` and `all` are around it. */
  level: number
  /** Never large, so that even reading all of it costs next to nothing. */
  isSmall: boolean
}

const small = (kind: Kind, read: FilterVariable['read']): FilterVariable => ({ kind, read, level: 0, isSmall: true })
const large = (kind: Kind, read: FilterVariable['read']): FilterVariable => ({ kind, read, level: 0, isSmall: false })

/** What a filter knows of an event. */
export const eventVariables: ReadonlyMap<string, FilterVariable> = new Map([
  ['topic', small('string', ({ topic }) => topic)],
  ['partition', small('number', ({ partition }) => partition)],
  ['offset', small('number', ({ offset }) => offset)],
  ['timestamp', small('time', ({ timestamp }) => (timestamp === null ? null : new Date(timestamp)))],
  ['key', large('any', ({ key }) => key)],
  ['headers', large('object', ({ headers }) => headers)],
  ['value', large('any', ({ value }) => plain(value))],
])
