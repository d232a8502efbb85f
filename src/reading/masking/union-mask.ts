import { isJsonObject, type JsonObject, type JsonValue } from '../../json/json-value.ts'
import type { SchemaNode } from '../../schemas/avro/schema-node.ts'
import type { MemberMask, ValueMask } from './value-mask.ts'

/** A branch by the name that the explicit form has, and what it is shown as. */
export interface MaskedBranch {
  name: string
  type: SchemaNode
  mask: MemberMask
}

/** An object of one member that names a branch is always the explicit form: docs/natural-json.md. */
export function explicitBranch<Branch extends { name: string }>(
  value: JsonValue,
  branches: readonly Branch[],
): { branch: Branch; inside: JsonValue } | undefined {
  if (!isJsonObject(value)) return undefined
  const [name, ...others] = Object.keys(value)
  const branch = others.length === 0 ? branches.find((each) => each.name === name) : undefined
  return branch && { branch, inside: value[branch.name] as JsonValue }
}

/** Of a value whose branches are masked each in its way. */
export function unionMask(branches: readonly MaskedBranch[]): ValueMask {
  return (value, at, masked) => {
    const explicit = explicitBranch(value, branches)
    if (!explicit) return plainMask(value, at, masked)
    const { branch, inside } = explicit
    const shown = branch.mask ? branch.mask(inside, at, masked) : inside
    if (shown === undefined) return undefined
    const whole: JsonObject = { [branch.name]: shown }
    return whole
  }

  /** Where the JSON fits several branches, it is masked as any of them. */
  function plainMask(whole: JsonValue, at: string, masked: Set<string>): JsonValue | undefined {
    let value: JsonValue | undefined = whole
    for (const { type, mask } of branches) {
      if (mask && value !== undefined && mayBe(type, whole)) value = mask(value, at, masked)
    }
    return value
  }
}

/** Whether a value may have been read from the type, by its shape. A record is read with all its fields, and no others. */
function mayBe(type: SchemaNode, value: JsonValue): boolean {
  if (value === null) return type.kind === 'null'
  if (Array.isArray(value)) return type.kind === 'array'
  if (!isJsonObject(value)) return !['null', 'array', 'map', 'record'].includes(type.kind)
  if (type.kind !== 'record') return type.kind === 'map'
  const { fields } = type
  return Object.keys(value).length === fields.length && fields.every(({ name }) => Object.hasOwn(value, name))
}
