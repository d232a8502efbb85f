import { z } from 'zod'
import type { JsonObject } from '../json/json-value.ts'

const recordSchema = z.object({
  topic: z.string(),
  /** From 1. */
  revision: z.int().min(1),
  /** As it was written; null: the default from then on. */
  contract: z.record(z.string(), z.unknown()).nullable(),
  /** Milliseconds since 1970. */
  at: z.int(),
  by: z.string(),
  /** The file that it is from; null where it came over HTTP. */
  file: z.string().nullable(),
  /** JSON Pointers of what differs from the revision before. */
  changed: z.array(z.string()),
})

type Stored = Readonly<z.output<typeof recordSchema>>

/** One version of the contract of a topic. */
export interface ContractRevision extends Omit<Stored, 'contract'> {
  readonly contract: JsonObject | null
  /** Of its record in the log. */
  readonly key: string
}

/** Undefined where the record cannot be understood. */
export function parseRevision(key: string, text: string): ContractRevision | undefined {
  try {
    const revision = recordSchema.parse(JSON.parse(text)) as Stored & { contract: JsonObject | null }
    return key.startsWith(`${revision.topic}/`) ? { ...revision, key } : undefined
  } catch {
    return undefined
  }
}

export function revisionText({ key: _key, ...stored }: ContractRevision): string {
  return JSON.stringify(stored)
}
