import { createHmac, createSecretKey, hash } from 'node:crypto'
import { ExactNumber, isJsonObject, type JsonValue } from '../../json/json-value.ts'
import { derivedKey } from '../../signing/derived-key.ts'

/** What stands for a value. Null for null. */
export type PseudonymOf = (value: JsonValue) => string | null

const label = 'headgate masking'
const shownBytes = 16

/**
 * Pseudonyms under a secret: equal for values of the same text, and only then. Each names the secret by its first characters,
 * so that those of an earlier one are not taken for others.
 */
export function pseudonyms(secret: string): PseudonymOf {
  const key = derivedKey(secret, label)
  const keyId = hash('sha256', key, 'base64url').slice(0, 4)
  // A key given as bytes would be set up for each value, which takes five times as long.
  const prepared = createSecretKey(key)
  return (value) => {
    if (value === null) return null
    const mac = createHmac('sha256', prepared).update(hashedText(value)).digest()
    return `hash:${keyId}:${mac.toString('base64url', 0, shownBytes)}`
  }
}

/** The text of a scalar as keys have it, so that a field and the key that is taken from it have the same pseudonym. */
const hashedText = (value: JsonValue): string => scalarText(value) ?? `\0${canonicalText(value)}`

function scalarText(value: JsonValue): string | undefined {
  if (value instanceof ExactNumber) return value.text
  return typeof value === 'object' ? undefined : String(value)
}

/** JSON whose members have an order, and whose numbers are strings, as some readers want them. */
function canonicalText(value: JsonValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(scalarText(value))
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name] ?? null)}`).join()}}`
}
