import { SchemaError } from './avro/schema-error.ts'
import type { SchemaPlace } from './governance/schema-part.ts'

/** A fault of a schema; at the top where it is of the schema as a whole. */
export interface PlacedFault extends SchemaPlace {
  message: string
}

/** A candidate that is no schema, with every fault for which it is none. */
export class InvalidSchema extends SchemaError {
  readonly faults: readonly PlacedFault[]

  constructor(first: SchemaError, faults: readonly PlacedFault[]) {
    super(first.message, { cause: first })
    const { message } = first
    this.faults = faults.length > 0 ? faults : [{ pointer: '', path: '', message }]
  }
}
