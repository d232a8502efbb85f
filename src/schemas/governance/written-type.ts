import { isJsonObject, type JsonValue } from '../../json/json-value.ts'

/** A type without the objects that may be written around it: `{"type": {"type": "array", …}}`. */
export function bareType(json: JsonValue): JsonValue {
  if (!isJsonObject(json)) return json
  const { type } = json
  return typeof type === 'object' && type !== null ? bareType(type) : json
}

/** The branches of a union; any other type is the only one of its own. */
export function branchesOf(json: JsonValue): readonly JsonValue[] {
  const bare = bareType(json)
  return Array.isArray(bare) ? bare : [bare]
}

export function isNull(json: JsonValue): boolean {
  const bare = bareType(json)
  return bare === 'null' || (isJsonObject(bare) && bare.type === 'null')
}

export function symbolsOf(json: JsonValue): readonly string[] {
  const symbols = isJsonObject(json) ? json.symbols : undefined
  return Array.isArray(symbols) ? symbols.filter((symbol) => typeof symbol === 'string') : []
}
