import { defaultBytesOf } from '../default-bytes.ts'
import {
  branchName,
  type FixedNode,
  type NumberNode,
  type RecordNode,
  type SchemaNode,
  typeName,
  type UnionNode,
} from '../schema-node.ts'
import { arrayWriter, mapWriter } from './collection-writers.ts'
import { doubleWriter, floatWriter } from './float-writers.ts'
import { intWriter, longWriter } from './integer-writers.ts'
import { type FieldWriter, recordWriter } from './record-writer.ts'
import { temporalWriter } from './temporal-writer.ts'
import {
  bytesWriter,
  decimalWriter,
  durationWriter,
  enumWriter,
  fixedWriter,
  stringWriter,
  uuidBytesWriter,
  uuidWriter,
} from './text-writers.ts'
import { UnionWriter } from './union-writer.ts'
import { Shape, scalarWriter, type Writer } from './writer.ts'

const numberWriters = { int: intWriter, long: longWriter, float: floatWriter, double: doubleWriter }

const nullWriter = scalarWriter(Shape.null, (value, run) => {
  if (value !== null) run.fault('type-mismatch', 'null', value)
})

const booleanWriter = scalarWriter(Shape.boolean, (value, run) => {
  if (typeof value === 'boolean') run.sink.byte(value ? 1 : 0)
  else run.fault('type-mismatch', 'boolean', value)
})

/** Compiles the writers of a schema's nodes, one a node, however often the node is used. */
export class WriterCompiler {
  readonly #writers = new Map<SchemaNode, Writer>()
  readonly #unions = new Map<UnionNode, UnionWriter>()

  writerOf(node: SchemaNode): Writer {
    const known = this.#writers.get(node)
    if (known) return known
    if (node.kind === 'record') return this.#record(node)
    const writer = this.#compile(node)
    this.#writers.set(node, writer)
    return writer
  }

  #compile(node: Exclude<SchemaNode, RecordNode>): Writer {
    switch (node.kind) {
      case 'null':
        return nullWriter
      case 'boolean':
        return booleanWriter
      case 'int':
      case 'long':
      case 'float':
      case 'double':
        return numberWriter(node)
      case 'bytes':
        return node.logical ? decimalWriter(node.logical, undefined) : bytesWriter
      case 'string':
        return node.logical ? uuidWriter : stringWriter
      case 'fixed':
        return fixedNodeWriter(node)
      case 'enum':
        return enumWriter(node)
      case 'array':
        return arrayWriter(this.writerOf(node.items))
      case 'map':
        return mapWriter(this.writerOf(node.values))
      case 'union':
        return this.unionWriterOf(node)
    }
  }

  unionWriterOf(union: UnionNode): UnionWriter {
    const known = this.#unions.get(union)
    if (known) return known
    const branches = union.branches.map((node) => ({ name: branchName(node), node, writer: this.writerOf(node) }))
    const writer = new UnionWriter(branches)
    this.#unions.set(union, writer)
    return writer
  }

  #record(node: RecordNode): Writer {
    const fields: FieldWriter[] = []
    const writer = recordWriter(node.name, fields)
    this.#writers.set(node, writer)
    for (const field of node.fields) {
      fields.push({
        name: field.name,
        isInherited: field.name in Object.prototype,
        expected: typeName(field.type),
        writer: this.writerOf(field.type),
        defaultBytes: defaultBytesOf(field, node.name),
      })
    }
    return writer
  }
}

function numberWriter(node: NumberNode): Writer {
  return node.logical ? temporalWriter(node.logical) : numberWriters[node.kind]
}

function fixedNodeWriter({ size, logical }: FixedNode): Writer {
  switch (logical?.name) {
    case 'decimal':
      return decimalWriter(logical, size)
    case 'duration':
      return durationWriter
    case 'uuid':
      return uuidBytesWriter
    default:
      return fixedWriter(size)
  }
}
