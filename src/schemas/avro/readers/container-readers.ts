import type { JsonObject, JsonValue } from '../../../json/json-value.ts'
import type { Reader } from './reader.ts'

export interface FieldReader {
  name: string
  read: Reader
}

/** The fields are read when the first value is: those of a recursive record are not there before. */
export function recordReader(fields: readonly FieldReader[]): Reader {
  return (source) => {
    source.enter()
    const record: JsonObject = {}
    for (let index = 0; index < fields.length; index++) {
      const { name, read } = fields[index] as FieldReader
      setMember(record, name, read(source))
    }
    source.leave()
    return record
  }
}

export function arrayReader(read: Reader, itemMayBeEmpty: boolean): Reader {
  return (source) => {
    source.enter()
    const array: JsonValue[] = []
    for (let count = source.blockCount(itemMayBeEmpty); count > 0; count = source.blockCount(itemMayBeEmpty)) {
      for (let item = 0; item < count; item++) array.push(read(source))
    }
    source.leave()
    return array
  }
}

export function mapReader(read: Reader): Reader {
  return (source) => {
    source.enter()
    const map: JsonObject = {}
    for (let count = source.blockCount(false); count > 0; count = source.blockCount(false)) {
      for (let item = 0; item < count; item++) setMember(map, source.string(), read(source))
    }
    source.leave()
    return map
  }
}

function setMember(object: JsonObject, name: string, value: JsonValue): void {
  // Assigning to this name would set the object's prototype.
  if (name !== '__proto__') object[name] = value
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
