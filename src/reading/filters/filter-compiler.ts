import type { ASTNode } from '@marcbachmann/cel-js'
import type { GatewayError } from '../../errors/gateway-error.ts'
import { compileCall } from './compile-call.ts'
import {
  compileArithmetic,
  compileChoice,
  compileEquality,
  compileIn,
  compileList,
  compileLiteral,
  compileLogic,
  compileMinus,
  compileNot,
  compileOrder,
} from './compile-operator.ts'
import { compileItem, compileMember, compileVariable } from './compile-path.ts'
import type { Compiled, Compiler } from './compiled.ts'
import { filterFault } from './filter-fault.ts'
import { type Kind, kindNames, type Value } from './filter-value.ts'
import { eventVariables, type FilterVariable } from './filter-variables.ts'

const deepest = 100

/**
 * Turns the tree of a CEL expression into functions. What it does not know it refuses: there are no regular expressions, and
 * nothing builds strings or objects.
 *
 * Evaluating takes time in proportion to the event's size. Each operation does, for the values that it looks at, and only
 * `exists` and `all` repeat some. What they go through is a path, so that no part of the event is in two of its items; and
 * inside them only what belongs to the item may be searched. The rest of the event may be compared with it, which takes no
 * longer than the smaller of the two is.
 */
export class FilterCompiler implements Compiler {
  readonly variables = new Map<string, FilterVariable>(eventVariables)
  level = 0
  readonly #text: string
  /** The item that each level of `exists` and `all` is at. */
  readonly #items: Value[] = []
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  compile(node: ASTNode): Compiled {
    if (++this.#depth > deepest) throw this.fault(`is nested deeper than ${deepest} levels`, node)
    const compiled = this.#compile(node)
    this.#depth--
    return compiled
  }

  compileAs(node: ASTNode, ...kinds: readonly Kind[]): Compiled {
    const part = this.compile(node)
    if (part.kind === 'any' || kinds.includes(part.kind)) return part
    const wanted = kinds.map((kind) => kindNames[kind]).join(' or ')
    throw this.fault(`is ${kindNames[part.kind]}, where ${wanted} is needed`, node)
  }

  compileInside(name: string, node: ASTNode): { test: Compiled; hold: (item: Value) => void } {
    const level = ++this.level
    const hidden = this.variables.get(name)
    this.variables.set(name, { kind: 'any', read: () => this.#items[level], level, isSmall: false })
    const test = this.compileAs(node, 'bool')
    if (hidden) this.variables.set(name, hidden)
    else this.variables.delete(name)
    this.level--
    const hold = (item: Value): void => {
      this.#items[level] = item
    }
    return { test, hold }
  }

  fault(what: string, node: ASTNode): GatewayError {
    return filterFault(what, this.#text, node)
  }

  #compile(node: ASTNode): Compiled {
    switch (node.op) {
      case 'value':
        return compileLiteral(this, node)
      case 'id':
        return compileVariable(this, node)
      case '.':
      case '.?':
        return compileMember(this, node)
      case '[]':
      case '[?]':
        return compileItem(this, node)
      case 'list':
        return compileList(this, node)
      case 'map':
        throw this.fault('objects cannot be written here', node)
      case 'call':
      case 'rcall':
        return compileCall(this, node)
      case '?:':
        return compileChoice(this, node)
      case '||':
      case '&&':
        return compileLogic(this, node)
      case '!_':
        return compileNot(this, node)
      case '-_':
        return compileMinus(this, node)
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return compileArithmetic(this, node)
      case '==':
      case '!=':
        return compileEquality(this, node)
      case '<':
      case '<=':
      case '>':
      case '>=':
        return compileOrder(this, node)
      case 'in':
        return compileIn(this, node)
    }
  }
}
