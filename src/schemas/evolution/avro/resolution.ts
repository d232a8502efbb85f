import { SchemaError } from '../../avro/schema-error.ts'
import type { EnumNode, FieldNode, FixedNode, RecordNode, SchemaNode } from '../../avro/schema-node.ts'
import { fieldsByName, isNamed, type NamedNode, namesMatch, partnerOf, sourcesOf, symbolsOnlyIn } from './pairing.ts'

/** One reason for which a reader with one schema cannot read what was written with another. */
export type Incompatibility =
  | { kind: 'no-value'; reader: FieldNode; readerRecord: RecordNode; writer: RecordNode }
  | { kind: 'several-values'; reader: FieldNode; sources: readonly FieldNode[] }
  | { kind: 'other-type'; reader: SchemaNode; writer: SchemaNode }
  | { kind: 'no-branch'; reader: SchemaNode; writer: SchemaNode }
  | { kind: 'no-symbols'; reader: EnumNode; writer: EnumNode; symbols: readonly string[] }
  | { kind: 'other-size'; reader: FixedNode; writer: FixedNode }
  | { kind: 'other-name'; reader: NamedNode; writer: NamedNode }

// Avro 1.12, "Schema Resolution": what a type can be read as besides itself.
const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
}

const mostPairs = 1_000_000

/** How much may be compared before it takes too long: unions of records grow as the product of their sizes. */
export class Effort {
  #left = mostPairs

  spend(): void {
    if (this.#left-- <= 0) throw new SchemaError('The schema is too complex to be compared with its earlier versions.')
  }
}

/** All reasons for which a reader cannot read what the writer writes; none where it can. */
export function incompatibilities(reader: SchemaNode, writer: SchemaNode, effort = new Effort()): Incompatibility[] {
  const resolution = new Resolution(effort)
  if (!resolution.isReadable(reader, writer)) resolution.report(reader, writer)
  return [...resolution.found, ...resolution.ambiguities]
}

class Resolution {
  readonly found: Incompatibility[] = []
  /** Java's library gives up over the whole schema where it meets one, also in a branch of a union that it only tries. */
  readonly ambiguities: Incompatibility[] = []
  readonly #effort: Effort
  readonly #readable = new PairMap<boolean>()
  readonly #reported = new PairMap<true>()

  constructor(effort: Effort) {
    this.#effort = effort
  }

  /** A pair that is being looked at counts as readable, so that recursive types come to an end. */
  isReadable(reader: SchemaNode, writer: SchemaNode): boolean {
    const known = this.#readable.get(reader, writer)
    if (known !== undefined) return known
    this.#effort.spend()
    this.#readable.set(reader, writer, true)
    const isReadable = this.#judge(reader, writer)
    this.#readable.set(reader, writer, isReadable)
    return isReadable
  }

  #judge(reader: SchemaNode, writer: SchemaNode): boolean {
    if (writer.kind === 'union') return writer.branches.every((branch) => this.isReadable(reader, branch))
    if (reader.kind === 'union') return reader.branches.some((branch) => this.isReadable(branch, writer))
    const faults = faultsOf(reader, writer)
    this.ambiguities.push(...faults.filter(({ kind }) => kind === 'several-values'))
    if (faults.length > 0) return false
    return innerPairs(reader, writer).every(([inner, source]) => this.isReadable(inner, source))
  }

  /** Walks where {@link isReadable} said no, to the places that are to blame. */
  report(reader: SchemaNode, writer: SchemaNode): void {
    if (this.isReadable(reader, writer) || this.#reported.get(reader, writer)) return
    this.#reported.set(reader, writer, true)
    if (writer.kind === 'union') {
      for (const branch of writer.branches) this.#reportBranch(reader, branch)
    } else if (reader.kind === 'union') this.#reportBranch(reader, writer)
    else this.#reportWithin(reader, writer)
  }

  #reportBranch(reader: SchemaNode, branch: SchemaNode): void {
    if (this.isReadable(reader, branch)) return
    const partner = partnerOf(branch, reader.kind === 'union' ? reader.branches : [reader])
    if (partner) this.report(partner, branch)
    else this.found.push({ kind: 'no-branch', reader, writer: branch })
  }

  #reportWithin(reader: SchemaNode, writer: SchemaNode): void {
    this.found.push(...faultsOf(reader, writer).filter(({ kind }) => kind !== 'several-values'))
    for (const [inner, source] of innerPairs(reader, writer)) this.report(inner, source)
  }
}

/** What is wrong with the two themselves, neither of which is a union; not with what is within them. */
function faultsOf(reader: SchemaNode, writer: SchemaNode): Incompatibility[] {
  if (reader.kind !== writer.kind) {
    return promotions[writer.kind]?.includes(reader.kind) ? [] : [{ kind: 'other-type', reader, writer }]
  }
  if (!isNamed(reader) || !isNamed(writer)) return []
  const faults: Incompatibility[] = namesMatch(reader, writer) ? [] : [{ kind: 'other-name', reader, writer }]
  if (reader.kind === 'fixed' && writer.kind === 'fixed' && reader.size !== writer.size) {
    faults.push({ kind: 'other-size', reader, writer })
  }
  if (reader.kind === 'enum' && writer.kind === 'enum' && reader.default === undefined) {
    const symbols = symbolsOnlyIn(writer, reader)
    if (symbols.length > 0) faults.push({ kind: 'no-symbols', reader, writer, symbols })
  }
  if (reader.kind === 'record' && writer.kind === 'record') faults.push(...faultsOfFields(reader, writer))
  return faults
}

function faultsOfFields(readerRecord: RecordNode, writer: RecordNode): Incompatibility[] {
  const written = fieldsByName(writer)
  return readerRecord.fields.flatMap((reader): Incompatibility[] => {
    const sources = sourcesOf(reader, written)
    if (sources.length > 1) return [{ kind: 'several-values', reader, sources }]
    if (sources.length === 1 || reader.default !== undefined) return []
    return [{ kind: 'no-value', reader, readerRecord, writer }]
  })
}

function innerPairs(reader: SchemaNode, writer: SchemaNode): (readonly [SchemaNode, SchemaNode])[] {
  if (reader.kind === 'array' && writer.kind === 'array') return [[reader.items, writer.items]]
  if (reader.kind === 'map' && writer.kind === 'map') return [[reader.values, writer.values]]
  if (reader.kind !== 'record' || writer.kind !== 'record') return []
  const written = fieldsByName(writer)
  return reader.fields.flatMap((field) => {
    const [source, ...further] = sourcesOf(field, written)
    return source && further.length === 0 ? [[field.type, source.type] as const] : []
  })
}

/** By the identity of two nodes. */
export class PairMap<Value> {
  readonly #values = new Map<SchemaNode, Map<SchemaNode, Value>>()

  get(one: SchemaNode, other: SchemaNode): Value | undefined {
    return this.#values.get(one)?.get(other)
  }

  set(one: SchemaNode, other: SchemaNode, value: Value): void {
    const ofOne = this.#values.get(one) ?? new Map<SchemaNode, Value>()
    this.#values.set(one, ofOne.set(other, value))
  }
}
