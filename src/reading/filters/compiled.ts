import type { ASTNode } from '@marcbachmann/cel-js'
import type { GatewayError } from '../../errors/gateway-error.ts'
import type { Event } from '../event.ts'
import type { Kind, Value } from './filter-value.ts'
import type { FilterVariable } from './filter-variables.ts'

/** A part of a filter, ready to be evaluated. */
export interface Compiled {
  kind: Kind
  evaluate: (event: Event) => Value
  /** It is the same for every event. */
  isConstant: boolean
  /** Inside `exists` and `all`: it comes from outside, and may be as large as the event. */
  isOuter: boolean
}

export type NodeOf<Op extends ASTNode['op']> = Extract<ASTNode, { op: Op }>

/** What the parts of the compiler share. */
export interface Compiler {
  /** How many `exists` and `all` are around. */
  readonly level: number
  readonly variables: ReadonlyMap<string, FilterVariable>
  compile(node: ASTNode): Compiled
  /** A part of one of these kinds, as far as that is known. */
  compileAs(node: ASTNode, ...kinds: readonly Kind[]): Compiled
  /** Compiles what stands inside `exists` or `all`, where `name` is the item that `hold` was given last. */
  compileInside(name: string, node: ASTNode): { test: Compiled; hold: (item: Value) => void }
  fault(what: string, node: ASTNode): GatewayError
}

const noEvent: Event = { topic: '', partition: 0, offset: 0, timestamp: null, key: null, headers: {}, schema: null }

export const variablePart = (kind: Kind, evaluate: Compiled['evaluate'], isOuter = false): Compiled => ({
  kind,
  evaluate,
  isConstant: false,
  isOuter,
})

export const constantPart = (kind: Kind, value: Value): Compiled => ({
  kind,
  evaluate: () => value,
  isConstant: true,
  isOuter: false,
})

/** What follows from other parts: evaluated once and for all where those are constant. */
export function derivedPart(
  compiler: Compiler,
  node: ASTNode,
  kind: Kind,
  parts: readonly Compiled[],
  evaluate: Compiled['evaluate'],
): Compiled {
  if (!parts.every(({ isConstant }) => isConstant)) return variablePart(kind, evaluate)
  const value = evaluate(noEvent)
  if (value === undefined) throw compiler.fault('has no answer', node)
  return constantPart(kind, value)
}
