import type { ASTNode } from '@marcbachmann/cel-js'
import { mustBeOfItem } from './compile-operator.ts'
import { isPath } from './compile-path.ts'
import { type Compiled, type Compiler, derivedPart, type NodeOf, variablePart } from './compiled.ts'
import { filterFunctions, mostSought } from './filter-functions.ts'
import { none } from './filter-value.ts'
import { itemsOf, quantify } from './quantify.ts'

type Call = NodeOf<'call' | 'rcall'>

const refused: ReadonlyMap<string, string> = new Map([
  ['matches', 'there are no regular expressions, which may take any time; use startsWith, endsWith or contains'],
  ...['map', 'filter', 'exists_one', 'bind'].map((name): [string, string] => [
    name,
    `${name} is not supported; use exists or all`,
  ]),
])

const functionNames = ['has', 'exists', 'all', 'orValue', 'hasValue', ...filterFunctions.keys()].join(', ')

export function compileCall(compiler: Compiler, node: Call): Compiled {
  const name = node.args[0]
  const message = refused.get(name)
  if (message) throw compiler.fault(message, node)
  const [receiver, args] = node.op === 'call' ? [undefined, node.args[1]] : [node.args[1], node.args[2]]
  const [first, second] = args
  if (name === 'has' && !receiver && first && args.length === 1) return compileHas(compiler, first)
  if (receiver && (name === 'exists' || name === 'all') && first?.op === 'id' && second && args.length === 2) {
    return compileQuantifier(compiler, name === 'exists', receiver, first.args, second)
  }
  if (receiver && name === 'hasValue' && args.length === 0) return compileHasValue(compiler, receiver)
  if (receiver && name === 'orValue' && first && args.length === 1) return compileOrValue(compiler, receiver, first)
  return compileFunction(compiler, node, name, receiver ? [receiver, ...args] : args)
}

function compileFunction(compiler: Compiler, node: Call, name: string, args: readonly ASTNode[]): Compiled {
  const called = filterFunctions.get(name)
  if (!called) throw compiler.fault(`there is no function ${name}; there are ${functionNames}`, node)
  const { forms, takes, gives, apply } = called
  if (!forms.includes(node.op === 'call' ? 'call' : 'method') || args.length !== takes.length) {
    const given = takes.length === 2 ? '"…"' : ''
    throw compiler.fault(`it is written ${forms.includes('method') ? `x.${name}(${given})` : `${name}(x)`}`, node)
  }
  const parts = takes.map((kinds, index) => {
    const arg = args[index] as ASTNode
    const part = compiler.compileAs(arg, ...kinds)
    mustBeOfItem(compiler, part, arg)
    return part
  })
  if (name === 'contains') mustBeShort(compiler, args[1])
  const [first, second] = parts
  return derivedPart(compiler, node, gives, parts, (event) => apply(first?.evaluate(event), second?.evaluate(event)))
}

function mustBeShort(compiler: Compiler, sought: ASTNode | undefined): void {
  if (!sought || (sought.op === 'value' && String(sought.args).length <= mostSought)) return
  throw compiler.fault(`contains takes a text in quotes, of at most ${mostSought} characters`, sought)
}

/** False, and never without an answer, where there is no such place. */
function compileHas(compiler: Compiler, path: ASTNode): Compiled {
  if (path.op === 'id' || !isPath(path)) throw compiler.fault('has takes a path such as value.a.b', path)
  const { evaluate } = compiler.compile(path)
  return variablePart('bool', (event) => {
    const value = evaluate(event)
    return value !== undefined && value !== none
  })
}

function compileHasValue(compiler: Compiler, receiver: ASTNode): Compiled {
  const { evaluate } = optionalOf(compiler, receiver, 'hasValue')
  return variablePart('bool', (event) => {
    const value = evaluate(event)
    return value === undefined ? undefined : value !== none
  })
}

function compileOrValue(compiler: Compiler, receiver: ASTNode, otherwise: ASTNode): Compiled {
  const { evaluate, isOuter } = optionalOf(compiler, receiver, 'orValue')
  const other = compiler.compileAs(otherwise, 'null', 'bool', 'number', 'string', 'time', 'list', 'object')
  return variablePart(
    'any',
    (event) => {
      const value = evaluate(event)
      return value === none ? other.evaluate(event) : value
    },
    isOuter || other.isOuter,
  )
}

function optionalOf(compiler: Compiler, node: ASTNode, name: string): Compiled {
  const part = compiler.compile(node)
  if (part.kind === 'optional') return part
  throw compiler.fault(`${name} follows a path with .? or [?]`, node)
}

function compileQuantifier(
  compiler: Compiler,
  decisive: boolean,
  range: ASTNode,
  name: string,
  predicate: ASTNode,
): Compiled {
  if (!isPath(range)) throw compiler.fault('exists and all follow a path such as value.items', range)
  const items = compiler.compileAs(range, 'list', 'object')
  mustBeOfItem(compiler, items, range)
  const { test, hold } = compiler.compileInside(name, predicate)
  return variablePart('bool', (event) => {
    const all = itemsOf(items.evaluate(event))
    return all && quantify(all, decisive, hold, test.evaluate, event)
  })
}
