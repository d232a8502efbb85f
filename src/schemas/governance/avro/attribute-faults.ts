import type { JsonObject, JsonValue } from '../../../json/json-value.ts'
import { decimalTypeOf, fixedTypeOf } from '../../avro/parse-logical-type.ts'
import { SchemaError } from '../../avro/schema-error.ts'
import { hasValidName } from '../../avro/schema-names.ts'

/** A fault of one attribute of a type, `segments` below the type. */
export interface AttributeFault {
  segments: string
  message: string
}

export function bytesFaults(json: JsonObject): AttributeFault[] {
  return logicalTypeFaults(() => decimalTypeOf(json))
}

export function fixedFaults(json: JsonObject): AttributeFault[] {
  const { size } = json
  if (Number.isSafeInteger(size) && (size as number) >= 0) {
    return logicalTypeFaults(() => fixedTypeOf(json, size as number))
  }
  return [{ segments: size === undefined ? '' : '/size', message: 'The fixed type has no valid size.' }]
}

export function enumFaults({ symbols, default: fallback }: JsonObject): AttributeFault[] {
  if (!Array.isArray(symbols)) {
    return [{ segments: symbols === undefined ? '' : '/symbols', message: 'The enum has no list of symbols.' }]
  }
  const seen = new Set<JsonValue>()
  const faults = symbols.flatMap((symbol, index): AttributeFault[] => {
    const isKnown = seen.has(symbol)
    seen.add(symbol)
    const isValid = typeof symbol === 'string' && hasValidName(symbol)
    if (isValid && !isKnown) return []
    const message = isValid ? `The enum has the symbol "${symbol}" twice.` : 'A symbol is not a valid name.'
    return [{ segments: `/symbols/${index}`, message }]
  })
  if (fallback === undefined || seen.has(fallback)) return faults
  return [...faults, { segments: '/default', message: 'The default of the enum is not one of its symbols.' }]
}

function logicalTypeFaults(read: () => unknown): AttributeFault[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof SchemaError) return [{ segments: '', message: error.message }]
    throw error
  }
}
