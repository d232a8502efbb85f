import type { Direction } from './level.ts'

/** What may differ between two versions of a schema. Clients may branch on these: add, never rename. */
export const changeKinds = [
  'field-added',
  'field-removed',
  'field-renamed',
  'fields-reordered',
  'default-added',
  'default-removed',
  'default-changed',
  'type-changed',
  'logical-type-changed',
  'name-changed',
  'namespace-changed',
  'type-renamed',
  'size-changed',
  'symbols-added',
  'symbols-removed',
  'symbols-reordered',
  'union-branch-added',
  'union-branch-removed',
  'aliases-changed',
  'doc-changed',
] as const

export type ChangeKind = (typeof changeKinds)[number]

/** Why a change breaks one direction, and what would mend that. Both are sentences. */
export interface Break {
  direction: Direction
  why: string
  fix: string
}

/** One difference between an earlier version and a newer schema. */
export interface Change {
  kind: ChangeKind
  /** Fields from the top, `[]` for items and `{}` for a map's values: `order.lines[].sku`. */
  path: string
  /** A JSON Pointer into the newer schema, or, for what it no longer has, into the earlier one; references written in. */
  pointer: string
  message: string
  before?: string
  after?: string
  breaks: readonly Break[]
}
