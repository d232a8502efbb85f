import { didYouMean } from '../../../errors/did-you-mean.ts'
import { shortened } from '../../../errors/shortened.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/json-value.ts'
import { fullNameOf, hasValidName, namespaceOf, primitiveKinds } from '../../avro/schema-names.ts'
import type { FieldPart, SchemaPart, SchemaPlace, TypeKind, TypePart } from '../schema-part.ts'
import { type AttributeFault, bytesFaults, enumFaults, fixedFaults } from './attribute-faults.ts'
import type { SchemaFault, SchemaReading } from './schema-reading.ts'

// Comparing words is slow, and a schema may have many of them.
const mostSuggestions = 20
const mostCompared = 1_000
const longestShown = 128
const complexKinds = ['record', 'enum', 'array', 'map', 'fixed']

/** The parts of an Avro schema in their order, and every fault for which it is none. `known` are the types of its references. */
export function readParts(schema: JsonValue, known: Iterable<string> = []): SchemaReading {
  const reader = new PartReader(known)
  reader.parts.push({ part: 'schema', json: schema, pointer: '', path: '' })
  reader.readType(schema, { pointer: '', path: '' }, { namespace: '', depth: 0, isTop: true })
  return reader
}

/** What is around a type. */
interface Around {
  namespace: string
  depth: number
  isTop: boolean
  field?: FieldPart
}

class PartReader implements SchemaReading {
  readonly parts: SchemaPart[] = []
  readonly faults: SchemaFault[] = []
  readonly defined = new Map<string, string>()
  readonly #types: Set<string>
  #suggestionsLeft = mostSuggestions

  constructor(known: Iterable<string>) {
    this.#types = new Set(known)
  }

  /** Returns what tells the type from other branches of a union; undefined where there is none. */
  readType(json: JsonValue, at: SchemaPlace, around: Around): string | undefined {
    if (typeof json === 'string') return this.#readName(json, json, at, around)
    if (Array.isArray(json)) return this.#readUnion(json, at, around)
    if (!isJsonObject(json)) {
      return this.#fault(at, 'A type is neither a name, nor an object, nor a union.')
    }
    const { type } = json
    if (type === undefined) return this.#fault(at, 'A type has no "type".')
    if (typeof type !== 'string') return this.readType(type, within(at, '/type'), around)
    switch (type) {
      case 'array':
        return this.#readContainer(json, 'array', 'items', '[]', at, around)
      case 'map':
        return this.#readContainer(json, 'map', 'values', '{}', at, around)
      case 'fixed':
      case 'enum':
        return this.#readNamed(json, type, at, around)
      case 'record':
      case 'error':
        return this.#readNamed(json, 'record', at, around)
      default:
        return this.#readName(type, json, at, around)
    }
  }

  #readName(written: string, json: JsonValue, at: SchemaPlace, around: Around): string | undefined {
    if (primitiveKinds.has(written)) {
      this.#part(written as TypeKind, json, at, around)
      if (written === 'bytes' && isJsonObject(json)) this.#attributes(at, bytesFaults(json))
      return written
    }
    const full = fullNameOf(written, around.namespace)
    const name = this.#types.has(full) || !this.#types.has(written) ? full : written
    this.#part('reference', json, at, around, name)
    if (this.#types.has(name)) return name
    const place = typeof json === 'string' ? at : within(at, '/type')
    const missing = [...new Set([full, written])]
    const meant = this.#suggestionsLeft-- > 0 ? didYouMean(written, this.#names()) : undefined
    const suggestion = meant === undefined ? '' : ` Did you mean ${quoted(meant)}?`
    this.faults.push({ ...place, message: `There is no type ${quoted(full)}.${suggestion}`, missing })
    return name
  }

  *#names(): Generator<string> {
    yield* primitiveKinds
    yield* complexKinds
    yield* [...this.#types].slice(0, mostCompared)
  }

  #readUnion(json: readonly JsonValue[], at: SchemaPlace, around: Around): string {
    this.#part('union', json as JsonValue, at, around)
    if (json.length === 0) this.#fault(at, 'A union has no branches.')
    const names = new Set<string>()
    for (const [index, branch] of json.entries()) {
      const place = within(at, `/${index}`)
      const name = this.readType(branch, place, around)
      if (name === 'union') this.#fault(place, 'A union has a union as a branch.')
      else if (name !== undefined && names.has(name)) {
        this.#fault(place, `A union has two branches of the type ${quoted(name)}.`)
      } else if (name !== undefined) names.add(name)
    }
    return 'union'
  }

  #readContainer(
    json: JsonObject,
    kind: 'array' | 'map',
    member: 'items' | 'values',
    step: string,
    at: SchemaPlace,
    around: Around,
  ): string {
    const { depth } = this.#part(kind, json, at, { ...around, depth: around.depth + 1 })
    const inner = json[member]
    if (inner === undefined) this.#fault(at, `The ${kind} has no "${member}".`)
    else this.readType(inner, within(at, `/${member}`, step), { ...around, depth, isTop: false })
    return kind
  }

  #readNamed(json: JsonObject, kind: 'record' | 'enum' | 'fixed', at: SchemaPlace, around: Around): string | undefined {
    const depth = around.depth + (kind === 'record' ? 1 : 0)
    const name = this.#define(json, kind, at, around.namespace)
    this.#part(kind, json, at, { ...around, depth }, name ?? '')
    if (kind === 'fixed') this.#attributes(at, fixedFaults(json))
    else if (kind === 'enum') this.#attributes(at, enumFaults(json))
    else this.#readFields(json, at, name ?? '', depth)
    return name
  }

  #define(json: JsonObject, kind: string, at: SchemaPlace, around: string): string | undefined {
    const { name, namespace } = json
    if (typeof name !== 'string') return this.#fault(at, `The ${kind} has no name.`)
    const full = fullNameOf(name, typeof namespace === 'string' ? namespace : around)
    if (!full.split('.').every(hasValidName) || primitiveKinds.has(full)) {
      return this.#fault(within(at, '/name'), `${quoted(full)} is not a valid name for a type.`)
    }
    if (this.#types.has(full)) this.#fault(within(at, '/name'), `The type ${quoted(full)} is defined twice.`)
    else this.defined.set(full, at.pointer)
    this.#types.add(full)
    return full
  }

  #readFields(json: JsonObject, at: SchemaPlace, record: string, depth: number): void {
    const { fields } = json
    if (!Array.isArray(fields)) {
      this.#fault(fields === undefined ? at : within(at, '/fields'), 'The record has no list of fields.')
      return
    }
    const seen = new Set<string>()
    for (const [index, field] of fields.entries())
      this.#readField(field, within(at, `/fields/${index}`), record, depth, seen)
  }

  #readField(json: JsonValue, at: SchemaPlace, record: string, depth: number, seen: Set<string>): void {
    if (!isJsonObject(json)) {
      this.#fault(at, 'A field is not an object.')
      return
    }
    const { name, type } = json
    if (typeof name !== 'string') this.#fault(name === undefined ? at : within(at, '/name'), 'A field has no name.')
    else if (!hasValidName(name)) this.#fault(within(at, '/name'), `${quoted(name)} is not a valid name for a field.`)
    else if (seen.has(name)) this.#fault(within(at, '/name'), `The record has the field ${quoted(name)} twice.`)
    const known = typeof name === 'string' ? name : ''
    seen.add(known)
    const shown = shortened(known, longestShown)
    const path = at.path === '' ? shown : `${at.path}.${shown}`
    const field: FieldPart = { part: 'field', json, name: known, record, pointer: at.pointer, path }
    this.parts.push(field)
    const inside = { namespace: namespaceOf(record), depth, isTop: false, field }
    if (type === undefined) this.#fault(field, `The field ${quoted(known)} has no "type".`)
    else this.readType(type, within(field, '/type'), inside)
  }

  #part(kind: TypeKind, json: JsonValue, { pointer, path }: SchemaPlace, around: Around, name?: string): TypePart {
    const { depth, isTop, field } = around
    const logicalType = isJsonObject(json) ? json.logicalType : undefined
    const part: TypePart = {
      ...{ part: 'type', kind, json, pointer, path, depth, isTop },
      ...(name !== undefined && { name }),
      ...(typeof logicalType === 'string' && { logicalType }),
      ...(field && { field }),
    }
    this.parts.push(part)
    return part
  }

  #attributes(at: SchemaPlace, faults: readonly AttributeFault[]): void {
    for (const { segments, message } of faults) this.#fault(within(at, segments), message)
  }

  #fault({ pointer, path }: SchemaPlace, message: string): undefined {
    this.faults.push({ pointer, path, message })
  }
}

const within = ({ pointer, path }: SchemaPlace, segments: string, step = ''): SchemaPlace => ({
  pointer: pointer + segments,
  path: path + step,
})

const quoted = (name: string): string => `"${shortened(name, longestShown)}"`
