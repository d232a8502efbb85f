import { isDeepStrictEqual } from 'node:util'
import type { StoredSchema } from '../registry-client.ts'

/** Whether two schemas are one: registries keep the text as it was sent, but for its white space. */
export function isSameSchema(one: StoredSchema, other: StoredSchema): boolean {
  return (
    one.schemaType === other.schemaType &&
    isDeepStrictEqual(one.references, other.references) &&
    (one.schema === other.schema || isDeepStrictEqual(jsonOf(one.schema), jsonOf(other.schema)))
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
