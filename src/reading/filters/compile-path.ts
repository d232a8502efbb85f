import type { ASTNode } from '@marcbachmann/cel-js'
import type { Event } from '../event.ts'
import { type Compiled, type Compiler, type NodeOf, variablePart } from './compiled.ts'
import { itemOf, memberOf, none, type Value } from './filter-value.ts'

/** A path reads one value of the event, in constant time: `value.properties.mag`, `value.?note`, `headers["x"]`. */
export function compileVariable(compiler: Compiler, node: NodeOf<'id'>): Compiled {
  const variable = compiler.variables.get(node.args)
  if (!variable) {
    const known = [...compiler.variables.keys()].join(', ')
    throw compiler.fault(`there is no variable ${node.args}; there are ${known}`, node)
  }
  const { kind, read, level, isSmall } = variable
  return variablePart(kind, read, level !== compiler.level && !isSmall)
}

export function compileMember(compiler: Compiler, node: NodeOf<'.' | '.?'>): Compiled {
  const [from, name] = node.args
  const whole = compiler.compileAs(from, 'object', 'optional')
  return accessOf(whole, node.op === '.?', (value) => memberOf(value, name))
}

export function compileItem(compiler: Compiler, node: NodeOf<'[]' | '[?]'>): Compiled {
  const [from, at] = node.args
  const whole = compiler.compileAs(from, 'object', 'list', 'optional')
  const index = compiler.compileAs(at, 'string', 'number')
  return accessOf(whole, node.op === '[?]', (value, event) => itemOf(value, index.evaluate(event)))
}

/** Once a part of a path is optional, what follows it is, too. */
function accessOf(
  { kind, evaluate, isOuter }: Compiled,
  mayMiss: boolean,
  get: (value: Value, event: Event) => Value,
): Compiled {
  if (!mayMiss && kind !== 'optional') {
    return variablePart('any', (event) => get(evaluate(event), event), isOuter)
  }
  const optional = (event: Event): Value => {
    const value = evaluate(event)
    if (value === undefined || value === none) return value
    const found = get(value, event)
    return found === undefined ? none : found
  }
  return variablePart('optional', optional, isOuter)
}

/** Whether it is a path, or one with `orValue([…])` of constants at its end. No part of the event is in two of its items. */
export function isPath(node: ASTNode): boolean {
  switch (node.op) {
    case 'id':
      return true
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      return isPath(node.args[0])
    case 'rcall': {
      const [name, receiver, [otherwise]] = node.args
      return name === 'orValue' && isPath(receiver) && otherwise?.op === 'list' && otherwise.args.every(isLiteral)
    }
    default:
      return false
  }
}

const isLiteral = ({ op }: ASTNode): boolean => op === 'value'
