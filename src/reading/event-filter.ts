import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { Event } from './event.ts'
import { FilterCompiler } from './filters/filter-compiler.ts'
import { filterFault } from './filters/filter-fault.ts'

/** Which events a reader wants. */
export interface EventFilter {
  readonly text: string
  /**
   * Whether an event matches. Never throws; where the filter has no answer for an event, that does not match.
   * @param event decoded with `longs: 'number'`.
   */
  matches(event: Event): boolean
}

const longest = 2_000
const limits = { maxAstNodes: 400, maxDepth: 50, maxListElements: 300, maxMapEntries: 300, maxCallArguments: 4 }
const cel = new Environment({ enableOptionalTypes: true, limits })

/** Reads the parameter `filter`: an expression in CEL, as docs/filters.md describes it. Throws GatewayError `invalid-parameter`. */
export function parseFilter(text: string): EventFilter {
  if (text.length > longest) throw filterFault(`is longer than ${longest} characters`)
  const { evaluate } = new FilterCompiler(text).compileAs(parsed(text), 'bool')
  return { text, matches: (event) => evaluate(event) === true }
}

function parsed(text: string): ASTNode {
  try {
    return cel.parse(text).ast
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw filterFault(explained(error), text, error.range)
  }
}

function explained({ code, summary }: ParseError): string {
  if (code === 'limit_exceeded') return `is too large: ${summary}`
  return summary.endsWith('EOF') ? 'ends too early' : `cannot be read: ${summary}`
}
