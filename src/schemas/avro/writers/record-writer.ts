import { type KnownWord, knownWord } from '../../../errors/did-you-mean.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../json/json-value.ts'
import type { Encoding } from '../encoding.ts'
import { Shape, type Writer } from './writer.ts'

export interface FieldWriter {
  name: string
  /** `toString`, `constructor`, `__proto__`, …: there in every object without being a member. */
  isInherited: boolean
  /** How messages name the field's type. */
  expected: string
  writer: Writer
  /** The encoded default; undefined where the field has none. */
  defaultBytes: Uint8Array | undefined
}

/** The fields are read when the first value is written: those of a recursive record are not there before. */
export function recordWriter(name: string, fields: readonly FieldWriter[]): Writer {
  const expectedUnknown = `a field of ${name}`
  let names: ReadonlyMap<string, KnownWord> | undefined

  function reportUnknown(value: JsonObject, run: Encoding): void {
    names ??= new Map(fields.map((field) => [field.name, knownWord(field.name)]))
    const known = names
    const absent = [...known.values()].filter(({ word }) => !Object.hasOwn(value, word))
    for (const key of Object.keys(value)) {
      if (!known.has(key))
        run.unknown(key, expectedUnknown, value[key] ?? null, absent.length > 0 ? absent : known.values())
    }
  }

  return {
    shapes: Shape.object,
    encode(value, run) {
      if (!isJsonObject(value)) return run.fault('type-mismatch', `object (${name})`, value)
      let present = 0
      for (let index = 0; index < fields.length; index++) {
        const field = fields[index] as FieldWriter
        const member = memberOf(value, field)
        if (member === undefined) {
          if (field.defaultBytes === undefined) run.missing(field.name, field.expected)
          else run.sink.raw(field.defaultBytes)
          continue
        }
        present++
        const before = run.violations.length
        field.writer.encode(member, run)
        if (run.violations.length !== before) run.prepend(before, field.name)
      }
      if (countMembers(value) !== present) reportUnknown(value, run)
    },
    matches(value, run) {
      if (!isJsonObject(value)) return false
      let present = 0
      for (const field of fields) {
        const member = memberOf(value, field)
        if (member !== undefined) present++
        if (member === undefined ? field.defaultBytes === undefined : !run.matches(field.writer, member)) return false
      }
      return countMembers(value) === present
    },
  }
}

function memberOf(object: JsonObject, { name, isInherited }: FieldWriter): JsonValue | undefined {
  return isInherited && !Object.hasOwn(object, name) ? undefined : object[name]
}

function countMembers(object: JsonObject): number {
  let count = 0
  for (const _ in object) count++
  return count
}
