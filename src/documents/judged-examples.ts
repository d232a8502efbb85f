import type { Contract } from '../contracts/contract.ts'
import type { EventExample } from '../contracts/examples.ts'
import type { Violation } from '../errors/violation.ts'
import type { JsonValue } from '../json/json-value.ts'
import { ByteSink } from '../schemas/byte-sink.ts'
import type { EventCodec } from '../schemas/event-codec.ts'

/** An example of a contract, and what its topic's schema says of it now. */
export interface JudgedExample extends EventExample {
  valid: boolean
  violations?: readonly Violation[]
}

/** `codec` null: of a topic without a schema, which takes what the contract calls schemaless, and nothing else. */
export function judgedExamples({ examples = [], schemaless }: Contract, codec: EventCodec | null): JudgedExample[] {
  return examples.map((example) => {
    // A tombstone needs a key, and is never judged by a schema.
    if (example.value === null) return { ...example, valid: example.key !== undefined }
    if (codec === null) return { ...example, valid: schemaless }
    const violations = codec.encode(example.value as JsonValue, new ByteSink())
    return violations.length === 0 ? { ...example, valid: true } : { ...example, valid: false, violations }
  })
}
