import type { SchemaPart, SchemaPlace } from '../schema-part.ts'

/** Why a schema is none. */
export interface SchemaFault extends SchemaPlace {
  message: string
  /** The full name that was looked for, and the name as it is written, which may be that of a type without a namespace. */
  missing?: readonly string[]
}

/** All that can be read of a schema's JSON, also of one with faults. */
export interface SchemaReading {
  parts: readonly SchemaPart[]
  faults: readonly SchemaFault[]
  /** Pointers to the named types that it defines, by their full names. */
  defined: ReadonlyMap<string, string>
}
