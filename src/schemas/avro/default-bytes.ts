import { isJsonObject, type JsonValue } from '../../json/json-value.ts'
import { ByteSink } from '../byte-sink.ts'
import { Encoding } from './encoding.ts'
import { SchemaError } from './schema-error.ts'
import type { FieldNode, RecordNode, SchemaNode } from './schema-node.ts'
import { doubleWriter, floatWriter } from './writers/float-writers.ts'
import { intWriter, longWriter } from './writers/integer-writers.ts'
import { enumWriter, stringWriter } from './writers/text-writers.ts'
import type { Writer } from './writers/writer.ts'

const deepestDefault = 64
const mostValues = 10_000

const plainWriters: Readonly<Record<string, Writer>> = {
  int: intWriter,
  long: longWriter,
  float: floatWriter,
  double: doubleWriter,
  string: stringWriter,
}

/** The encoding of a field's default, undefined where it has none. Throws a SchemaError where it does not match its type. */
export function defaultBytesOf(field: FieldNode, record: string): Buffer | undefined {
  if (field.default === undefined) return undefined
  const run = new DefaultEncoding(new ByteSink(64))
  if (!appendDefault(field.type, field.default, run, 0)) {
    throw new SchemaError(`The default of the field "${field.name}" of "${record}" does not match its type.`)
  }
  return Buffer.from(run.sink.slice(0, run.sink.length))
}

/** Defaults of records within defaults of unions may branch without end: what is tried is counted. */
class DefaultEncoding extends Encoding {
  valuesLeft = mostValues
}

/**
 * Appends a default as schemas write it, which is not natural JSON: Avro 1.12, "Complex Types", table "field default
 * values". False where it does not match.
 */
function appendDefault(node: SchemaNode, value: JsonValue, run: DefaultEncoding, depth: number): boolean {
  if (depth > deepestDefault || run.valuesLeft-- <= 0) return false
  switch (node.kind) {
    case 'null':
      return value === null
    case 'boolean':
      run.sink.byte(value === true ? 1 : 0)
      return typeof value === 'boolean'
    case 'bytes':
      return appendLatin1(value, undefined, run)
    case 'fixed':
      return appendLatin1(value, node.size, run)
    case 'enum':
      return appendScalar(enumWriter(node), value, run)
    case 'array':
      return Array.isArray(value) && appendItems(value, run, (item) => appendDefault(node.items, item, run, depth + 1))
    case 'map':
      return (
        isJsonObject(value) &&
        appendItems(Object.entries(value), run, ([key, item]) => {
          run.sink.string(key)
          return appendDefault(node.values, item, run, depth + 1)
        })
      )
    case 'record':
      return isJsonObject(value) && appendFields(node, value, run, depth)
    case 'union':
      return appendBranch(node.branches, value, run, depth)
    default:
      return appendScalar(plainWriters[node.kind] as Writer, value, run)
  }
}

function appendScalar(writer: Writer, value: JsonValue, run: Encoding): boolean {
  if (!writer.matches(value, run)) return false
  writer.encode(value, run)
  return true
}

function appendLatin1(value: JsonValue, size: number | undefined, run: Encoding): boolean {
  if (typeof value !== 'string' || /[^\0-\xff]/.test(value) || (size !== undefined && value.length !== size))
    return false
  if (size === undefined) run.sink.int(value.length)
  run.sink.raw(Buffer.from(value, 'latin1'))
  return true
}

function appendItems<Item>(items: readonly Item[], run: Encoding, append: (item: Item) => boolean): boolean {
  if (items.length > 0) run.sink.int(items.length)
  const appended = items.every(append)
  run.sink.byte(0)
  return appended
}

function appendFields(
  node: RecordNode,
  value: Readonly<Record<string, JsonValue>>,
  run: DefaultEncoding,
  depth: number,
): boolean {
  return node.fields.every((field) => {
    const member = Object.hasOwn(value, field.name) ? value[field.name] : field.default
    return member !== undefined && appendDefault(field.type, member, run, depth + 1)
  })
}

// Up to Avro 1.11 a union's default is one of its first branch; since 1.12 of any.
function appendBranch(branches: readonly SchemaNode[], value: JsonValue, run: DefaultEncoding, depth: number): boolean {
  const { length } = run.sink
  return branches.some((branch, index) => {
    run.sink.cut(length)
    run.sink.int(index)
    return appendDefault(branch, value, run, depth + 1)
  })
}
