import { readFileSync } from 'node:fs'
import type { JsonValue } from '../../json/json-value.ts'
import { type LocatedJson, locateJson } from '../../json/located-json.ts'
import { deepestSchema, schemaJson } from '../../schemas/avro/parse-schema.ts'
import { SchemaError } from '../../schemas/avro/schema-error.ts'
import { readParts } from '../../schemas/governance/avro/read-parts.ts'
import type { SchemaReading } from '../../schemas/governance/avro/schema-reading.ts'
import { standardInput } from './find-files.ts'
import type { LocatedFault } from './report.ts'

/** A file that holds JSON, and what it is by itself as a schema. */
export interface SchemaFile {
  file: string
  text: string
  json: JsonValue
  located: LocatedJson
  alone: SchemaReading
}

export type FileReading = SchemaFile | { file: string; faults: LocatedFault[] }

export function readSchemaFile(named: string): FileReading {
  const file = named === standardInput ? '<stdin>' : named
  const refused = (faults: Omit<LocatedFault, 'pointer' | 'path'>[]): FileReading => ({
    file,
    faults: faults.map((fault) => ({ ...fault, pointer: '', path: '' })),
  })
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(named === standardInput ? 0 : named))
  } catch (error) {
    return refused([{ message: `The file cannot be read: ${reasonOf(error)}.` }])
  }
  const located = locateJson(text, deepestSchema)
  if (located.faults.length > 0) {
    return refused(located.faults.map((fault) => ({ ...fault, message: `This is not valid JSON: ${fault.message}.` })))
  }
  try {
    const json = schemaJson(text)
    return { file, text, json, located, alone: readParts(json) }
  } catch (error) {
    if (error instanceof SchemaError) return refused([{ message: error.message }])
    throw error
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof TypeError) return 'it is not UTF-8'
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
