import type { ASTNode } from '@marcbachmann/cel-js'
import { type Compiled, type Compiler, constantPart, derivedPart, type NodeOf, variablePart } from './compiled.ts'
import { areOrdered, equals, isIn, type Ordered, orders } from './filter-comparisons.ts'
import { arithmetic, isNumeric, narrowed } from './filter-numbers.ts'
import { type Kind, kindNames } from './filter-value.ts'

const orderedKinds: readonly Kind[] = ['number', 'string', 'bool', 'time']
const listable: readonly Kind[] = ['null', 'bool', 'number', 'string', 'time', 'list', 'object']

export function compileLiteral(compiler: Compiler, node: NodeOf<'value'>): Compiled {
  const { args: literal } = node
  switch (typeof literal) {
    case 'bigint':
      return constantPart('number', narrowed(literal))
    case 'number':
      return constantPart('number', literal)
    case 'string':
      return constantPart('string', literal)
    case 'boolean':
      return constantPart('bool', literal)
    default:
      if (literal === null) return constantPart('null', null)
      throw compiler.fault('bytes and unsigned numbers cannot be written here', node)
  }
}

export function compileList(compiler: Compiler, node: NodeOf<'list'>): Compiled {
  const parts = node.args.map((item) => compiler.compileAs(item, ...listable))
  const list = derivedPart(compiler, node, 'list', parts, (event) => parts.map((part) => part.evaluate(event)))
  return { ...list, isOuter: parts.some(({ isOuter }) => isOuter) }
}

export function compileChoice(compiler: Compiler, node: NodeOf<'?:'>): Compiled {
  const [condition, yes, no] = node.args
  const isYes = compiler.compileAs(condition, 'bool')
  const parts = [compiler.compileAs(yes, ...listable), compiler.compileAs(no, ...listable)] as const
  const [ifYes, ifNo] = parts
  const kind = ifYes.kind === ifNo.kind ? ifYes.kind : 'any'
  const isOuter = parts.some((part) => part.isOuter)
  return variablePart(
    kind,
    (event) => {
      const answer = isYes.evaluate(event)
      return typeof answer === 'boolean' ? (answer ? ifYes : ifNo).evaluate(event) : undefined
    },
    isOuter,
  )
}

/** `||` and `&&`: a side that decides does so even where the other one has no answer. */
export function compileLogic(compiler: Compiler, node: NodeOf<'||' | '&&'>): Compiled {
  const decisive = node.op === '||'
  const left = compiler.compileAs(node.args[0], 'bool')
  const right = compiler.compileAs(node.args[1], 'bool')
  return variablePart('bool', (event) => {
    const first = left.evaluate(event)
    if (first === decisive) return decisive
    const second = right.evaluate(event)
    if (second === decisive) return decisive
    return first === !decisive && second === !decisive ? !decisive : undefined
  })
}

export function compileNot(compiler: Compiler, node: NodeOf<'!_'>): Compiled {
  const part = compiler.compileAs(node.args, 'bool')
  return derivedPart(compiler, node, 'bool', [part], (event) => {
    const answer = part.evaluate(event)
    return typeof answer === 'boolean' ? !answer : undefined
  })
}

export function compileMinus(compiler: Compiler, node: NodeOf<'-_'>): Compiled {
  const part = compiler.compileAs(node.args, 'number')
  return derivedPart(compiler, node, 'number', [part], (event) => {
    const value = part.evaluate(event)
    return isNumeric(value) ? -value : undefined
  })
}

export function compileArithmetic(compiler: Compiler, node: NodeOf<keyof typeof arithmetic>): Compiled {
  const left = compiler.compileAs(node.args[0], 'number')
  const right = compiler.compileAs(node.args[1], 'number')
  const operation = arithmetic[node.op]
  return derivedPart(compiler, node, 'number', [left, right], (event) => {
    const a = left.evaluate(event)
    const b = right.evaluate(event)
    return isNumeric(a) && isNumeric(b) ? operation(a, b) : undefined
  })
}

export function compileEquality(compiler: Compiler, node: NodeOf<'==' | '!='>): Compiled {
  const left = compiler.compileAs(node.args[0], ...orderedKinds, 'null', 'list')
  const right = compiler.compileAs(node.args[1], ...orderedKinds, 'null', 'list')
  if (left.kind !== 'null' && right.kind !== 'null') mustCompare(compiler, node, left, right)
  const answer = node.op === '=='
  return derivedPart(compiler, node, 'bool', [left, right], (event) => {
    const same = equals(left.evaluate(event), right.evaluate(event))
    return same === undefined ? undefined : same === answer
  })
}

export function compileOrder(compiler: Compiler, node: NodeOf<keyof typeof orders>): Compiled {
  const left = compiler.compileAs(node.args[0], ...orderedKinds)
  const right = compiler.compileAs(node.args[1], ...orderedKinds)
  mustCompare(compiler, node, left, right)
  const isOrdered = orders[node.op]
  return derivedPart(compiler, node, 'bool', [left, right], (event) => {
    const a = left.evaluate(event)
    const b = right.evaluate(event)
    return areOrdered(a, b) ? isOrdered(a as Ordered, b as Ordered) : undefined
  })
}

export function compileIn(compiler: Compiler, node: NodeOf<'in'>): Compiled {
  const wanted = compiler.compileAs(node.args[0], ...orderedKinds, 'null')
  const range = compiler.compileAs(node.args[1], 'list', 'object')
  mustBeOfItem(compiler, range, node.args[1])
  return derivedPart(compiler, node, 'bool', [wanted, range], (event) =>
    isIn(wanted.evaluate(event), range.evaluate(event)),
  )
}

function mustCompare(compiler: Compiler, node: ASTNode, left: Compiled, right: Compiled): void {
  if (left.isOuter && right.isOuter) {
    throw compiler.fault('inside exists and all, one side of a comparison has to be of the item', node)
  }
  if (left.kind === right.kind || left.kind === 'any' || right.kind === 'any') return
  throw compiler.fault(`${kindNames[left.kind]} cannot be compared with ${kindNames[right.kind]}`, node)
}

/** Inside `exists` and `all`, what may be large and does not belong to the item cannot be searched for each item. */
export function mustBeOfItem(compiler: Compiler, part: Compiled, node: ASTNode): void {
  if (!part.isOuter) return
  throw compiler.fault('inside exists and all, what is not of the item can only be compared (==, <, …)', node)
}
