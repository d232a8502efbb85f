import type { FixedNode, NumberNode, RecordNode, SchemaNode } from '../schema-node.ts'
import type { WriterCompiler } from '../writers/write-node.ts'
import { arrayReader, type FieldReader, mapReader, recordReader } from './container-readers.ts'
import type { Reader } from './reader.ts'
import {
  decimalReader,
  enumReader,
  fixedReader,
  readBoolean,
  readBytes,
  readDouble,
  readDuration,
  readFloat,
  readInt,
  readLong,
  readNull,
  readString,
  readUuidBytes,
  temporalReader,
} from './scalar-readers.ts'
import { unionReader } from './union-reader.ts'

const numberReaders = { int: readInt, long: readLong, float: readFloat, double: readDouble }

/** Compiles the readers of a schema's nodes, one a node, however often the node is used. */
export class ReaderCompiler {
  readonly #readers = new Map<SchemaNode, Reader>()
  readonly #writers: WriterCompiler

  constructor(writers: WriterCompiler) {
    this.#writers = writers
  }

  readerOf(node: SchemaNode): Reader {
    const known = this.#readers.get(node)
    if (known) return known
    if (node.kind === 'record') return this.#record(node)
    const reader = this.#compile(node)
    this.#readers.set(node, reader)
    return reader
  }

  #compile(node: Exclude<SchemaNode, RecordNode>): Reader {
    switch (node.kind) {
      case 'null':
        return readNull
      case 'boolean':
        return readBoolean
      case 'int':
      case 'long':
      case 'float':
      case 'double':
        return numberReader(node)
      case 'bytes':
        return node.logical ? decimalReader(node.logical, undefined) : readBytes
      case 'string':
        return readString
      case 'fixed':
        return fixedNodeReader(node)
      case 'enum':
        return enumReader(node.symbols)
      case 'array':
        return arrayReader(this.readerOf(node.items), mayBeEmpty(node.items))
      case 'map':
        return mapReader(this.readerOf(node.values))
      case 'union': {
        const reads = node.branches.map((branch) => this.readerOf(branch))
        return unionReader(node.branches, reads, this.#writers.unionWriterOf(node))
      }
    }
  }

  #record(node: RecordNode): Reader {
    const fields: FieldReader[] = []
    const reader = recordReader(fields)
    this.#readers.set(node, reader)
    for (const { name, type } of node.fields) fields.push({ name, read: this.readerOf(type) })
    return reader
  }
}

function numberReader({ kind, logical }: NumberNode): Reader {
  return logical && (kind === 'int' || kind === 'long') ? temporalReader(logical, kind) : numberReaders[kind]
}

function fixedNodeReader({ size, logical }: FixedNode): Reader {
  switch (logical?.name) {
    case 'decimal':
      return decimalReader(logical, size)
    case 'duration':
      return readDuration
    case 'uuid':
      return readUuidBytes
    default:
      return fixedReader(size)
  }
}

/** Whether a value of the node may take no bytes at all. */
export function mayBeEmpty(node: SchemaNode, above: ReadonlySet<SchemaNode> = new Set()): boolean {
  if (node.kind === 'null') return true
  if (node.kind === 'fixed') return node.size === 0
  if (node.kind !== 'record' || above.has(node)) return node.kind === 'record'
  const inside = new Set(above).add(node)
  return node.fields.every((field) => mayBeEmpty(field.type, inside))
}
