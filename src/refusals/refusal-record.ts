import { hash } from 'node:crypto'
import type { Contract } from '../contracts/contract.ts'
import type { Violation } from '../errors/violation.ts'
import { type ByteText, bytesOf } from '../json/byte-text.ts'
import type { EncodedRecord, StoredRecord } from '../kafka/record.ts'
import type { AuditedCaller } from '../observability/audit.ts'
import type { EventIn } from '../publishing/event-in.ts'
import type { RefusalSource, RefusedEvent } from '../publishing/refusal-keeping.ts'
import type { SchemaRef } from '../schemas/event-codec.ts'

/** A refusal as its record has it. The text of the value is the record's value; all else is in one of its headers. */
export interface KeptRefusal extends RefusalSource {
  offset: number
  /** When it was refused, in milliseconds since 1970. */
  time: number
  text: string
  envelope: Omit<EventIn, 'value' | 'contentType'>
  contentType?: string
  violations: readonly Violation[]
  omittedViolations: number
  schema: SchemaRef | null
  /** Digest of the contract that it broke. */
  contract: string
}

export type SettledState = 'replayed' | 'discarded'

/** What became of a refusal, as its record in the same log has it. */
export interface Mark {
  /** The offset of the refusal. */
  of: number
  state: SettledState
  by: AuditedCaller
  requestId: string
  /** Where a replayed event stands. */
  partition?: number
  offset?: number
  patched?: boolean
}

const version = 1
const refusalHeader = 'headgate-refusal'
const markHeader = 'headgate-refusal-mark'
// Kafka measures a record whole, and a topic has to allow it.
const mostViolationsText = 65_536
/** What the record of a refusal takes at most beside the event's value, key and headers. */
export const mostBesides = 2 * mostViolationsText

const digests = new WeakMap<Contract, string>()

/** Equal for equal contracts. */
export function contractDigest(contract: Contract): string {
  const known = digests.get(contract) ?? hash('sha256', JSON.stringify(contract)).slice(0, 16)
  digests.set(contract, known)
  return known
}

export function refusalRecord({ event, text, violations, schema, contract, source }: RefusedEvent): EncodedRecord {
  const { value: _value, contentType, ...envelope } = event
  const listed = fitting(violations)
  const content = {
    version,
    envelope,
    ...(contentType !== undefined && { contentType }),
    violations: listed,
    omittedViolations: violations.length - listed.length,
    schema,
    contract: contractDigest(contract),
    ...source,
  }
  const header = { name: refusalHeader, value: Buffer.from(JSON.stringify(content)) }
  const key = event.key === undefined || event.key === null ? null : bytesOf(event.key as ByteText)
  return { key, value: Buffer.from(text), timestamp: Date.now(), headers: [header] }
}

export function markRecord(mark: Mark): EncodedRecord {
  const header = { name: markHeader, value: Buffer.from(String(mark.of)) }
  const value = Buffer.from(JSON.stringify({ version, ...mark }))
  return { partition: 0, key: null, value, timestamp: Date.now(), headers: [header] }
}

/** Undefined for a record that is none. */
export function refusalOf({ offset, timestamp, value, headers }: StoredRecord): KeptRefusal | undefined {
  const header = headers.find(({ name }) => name === refusalHeader)?.value
  if (!header || !value) return undefined
  const content = parsed(header)
  return content && ({ ...content, offset, time: timestamp, text: value.toString() } as KeptRefusal)
}

export function markOf({ value, headers }: StoredRecord): Mark | undefined {
  if (!value || !headers.some(({ name }) => name === markHeader)) return undefined
  return parsed(value) as Mark | undefined
}

function parsed(bytes: Buffer): { version?: unknown } | undefined {
  try {
    const content: { version?: unknown } = JSON.parse(bytes.toString())
    return content.version === version ? content : undefined
  } catch {
    return undefined
  }
}

function fitting(violations: readonly Violation[]): readonly Violation[] {
  let listed = violations
  while (JSON.stringify(listed).length > mostViolationsText) listed = listed.slice(0, listed.length >> 1)
  return listed
}
