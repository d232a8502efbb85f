import type { JsonObject } from '../../../json/json-value.ts'
import { branchName, type SchemaNode } from '../schema-node.ts'
import { noBranch, type UnionWriter } from '../writers/union-writer.ts'
import type { Reader } from './reader.ts'

/**
 * Writes the explicit form exactly where the plain one would not be encoded as the same branch: where another branch has
 * the value's shape, that takes asking the union's writer.
 */
export function unionReader(branches: readonly SchemaNode[], reads: readonly Reader[], writer: UnionWriter): Reader {
  const names = branches.map(branchName)
  const isAlwaysPlain = branches.map(
    (branch, index) => hasOwnShape(branch, index, writer) && !mayLookExplicit(branch, names),
  )
  return (source) => {
    const index = source.int()
    const read = reads[index]
    if (read === undefined) return source.fail('a union has no such branch')
    const value = read(source)
    if (isAlwaysPlain[index]) return value
    if (writer.explicitBranch(value) === noBranch && writer.plainBranch(value, source.trial) === index) return value
    const explicit: JsonObject = { [names[index] as string]: value }
    return explicit
  }
}

function hasOwnShape(branch: SchemaNode, index: number, writer: UnionWriter): boolean {
  if (branch.kind === 'string' && branch.logical === undefined) return true
  return !writer.sharesShape(index)
}

// An object of one key that names a branch is the explicit form, whatever it was meant to be.
function mayLookExplicit(branch: SchemaNode, names: readonly string[]): boolean {
  if (branch.kind === 'map') return true
  return branch.kind === 'record' && branch.fields.length === 1 && names.includes(branch.fields[0]?.name ?? '')
}
