declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes as this very text (ECMAScript, JSON.parse source text access). */
    rawJSON(text: string): unknown
  }
}

/** What JSON text can hold, without losing a digit: a number that a double cannot hold is an {@link ExactNumber}. */
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject

export interface JsonObject {
  [name: string]: JsonValue
}

/** A JSON number whose decimal text is not what its double would print; written back digit by digit. */
export class ExactNumber {
  /** A JSON number literal, as RFC 8259 §6 writes it. */
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.text)
  }
}

/** The JSON type of a value, as messages name it. */
export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object'

export function jsonTypeOf(value: JsonValue): JsonType {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value as JsonType
  if (value instanceof ExactNumber) return 'number'
  return Array.isArray(value) ? 'array' : 'object'
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}
