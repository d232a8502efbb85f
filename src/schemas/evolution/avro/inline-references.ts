import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/json-value.ts'
import { fullNameOf, namespaceOf, primitiveKinds } from '../../avro/schema-names.ts'

interface Definition {
  schema: JsonObject
  fullName: string
}

const namedKinds = new Set(['record', 'error', 'enum', 'fixed'])

/** The schema with each type of its references written in where it is first used. They stand after those they use. */
export function inlineReferences(schema: JsonValue, references: readonly JsonValue[]): JsonValue {
  const definitions = new Map<string, Definition>()
  for (const reference of references) collect(reference, '', definitions)
  return new Inlining(definitions).write(schema, '')
}

class Inlining {
  readonly #definitions: ReadonlyMap<string, Definition>
  readonly #written = new Set<string>()

  constructor(definitions: ReadonlyMap<string, Definition>) {
    this.#definitions = definitions
  }

  write(schema: JsonValue, namespace: string): JsonValue {
    if (typeof schema === 'string') return this.#name(schema, namespace)
    if (Array.isArray(schema)) return schema.map((branch) => this.write(branch, namespace))
    if (!isJsonObject(schema)) return schema
    const { type, fields, items, values } = schema
    if (typeof type === 'string' && namedKinds.has(type)) {
      const fullName = nameOf(schema, namespace)
      this.#written.add(fullName)
      if (!Array.isArray(fields)) return schema
      return { ...schema, fields: fields.map((field) => this.#field(field, namespaceOf(fullName))) }
    }
    if (type === 'array' && items !== undefined) return { ...schema, items: this.write(items, namespace) }
    if (type === 'map' && values !== undefined) return { ...schema, values: this.write(values, namespace) }
    return type === undefined ? schema : { ...schema, type: this.write(type, namespace) }
  }

  #field(field: JsonValue, namespace: string): JsonValue {
    if (!isJsonObject(field) || field.type === undefined) return field
    return { ...field, type: this.write(field.type, namespace) }
  }

  #name(name: string, namespace: string): JsonValue {
    if (primitiveKinds.has(name)) return name
    const inNamespace = fullNameOf(name, namespace)
    if (this.#written.has(inNamespace)) return name
    const found = this.#definitions.get(inNamespace) ?? this.#definitions.get(name)
    if (!found || this.#written.has(found.fullName)) return name
    const own = namespaceOf(found.fullName)
    const full = { ...found.schema, name: found.fullName.slice(own.length && own.length + 1), namespace: own }
    return this.write(full, own)
  }
}

function collect(schema: JsonValue, namespace: string, definitions: Map<string, Definition>): void {
  if (Array.isArray(schema)) for (const branch of schema) collect(branch, namespace, definitions)
  if (!isJsonObject(schema)) return
  const { type, fields, items, values } = schema
  if (typeof type !== 'string' || !namedKinds.has(type)) {
    for (const inner of [type, items, values]) if (inner !== undefined) collect(inner, namespace, definitions)
    return
  }
  const fullName = nameOf(schema, namespace)
  definitions.set(fullName, { schema, fullName })
  if (!Array.isArray(fields)) return
  for (const field of fields) {
    if (isJsonObject(field) && field.type !== undefined) collect(field.type, namespaceOf(fullName), definitions)
  }
}

function nameOf({ name, namespace: own }: JsonObject, namespace: string): string {
  return fullNameOf(String(name), typeof own === 'string' ? own : namespace)
}
