import type { Contract } from '../contracts/contract.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type ByteText, byteTextOf } from '../json/byte-text.ts'
import { parseJson } from '../json/parse-json.ts'
import { formatTime } from '../json/time.ts'
import type { RecordHeader, StoredRecord } from '../kafka/record.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'
import type { ReaderSchema, SchemaCatalog } from '../schemas/schema-catalog.ts'
import type { SchemaMark } from '../schemas/wire-format.ts'
import type { Event, EventError, EventSchema } from './event.ts'

type Content = Pick<Event, 'value' | 'schema' | 'error'>

/** Turns records into events. A record that cannot be decoded becomes an event with an `error`. */
export class EventDecoder {
  readonly #schemas: SchemaCatalog

  constructor(schemas: SchemaCatalog) {
    this.#schemas = schemas
  }

  /** Throws GatewayError `registry-unavailable` where the registry must be asked and cannot be. */
  async decode(record: StoredRecord, contract: Contract, options: DecodeOptions): Promise<Event> {
    const { topic, partition, offset, timestamp, key, headers } = record
    const { value, schema, error } = await this.#content(record, contract, options)
    return {
      topic,
      partition,
      offset,
      timestamp: timestamp < 0 ? null : formatTime(timestamp),
      key: key && byteTextOf(key),
      headers: headersOut(headers),
      ...(error ? { error } : { value: value ?? null }),
      schema,
    }
  }

  async #content({ value, headers }: StoredRecord, contract: Contract, options: DecodeOptions): Promise<Content> {
    if (value === null) return { value: null, schema: null }
    if (contract.schemaless) return jsonContent(value)
    const mark = this.#schemas.markOf(value, headers)
    if (!mark) {
      return undecodable(
        'The record does not name a schema. Mark the topic "schemaless" in its contract if it holds JSON.',
      )
    }
    const reader = ('id' in mark ? this.#schemas.knownReader(mark.id) : undefined) ?? (await this.#readerOf(mark))
    if ('error' in reader) return reader
    const schema = await this.#schemaOf(reader, contract)
    try {
      return { value: reader.codec.decode(value, mark.start, options), schema }
    } catch (error) {
      return undecodable(`The record is not of its schema: ${(error as Error).message}.`, schema)
    }
  }

  async #readerOf(mark: SchemaMark): Promise<ReaderSchema | (Content & { error: EventError })> {
    const name = 'id' in mark ? `id ${mark.id}` : `GUID ${mark.guid}`
    try {
      const reader = await this.#schemas.reader(mark)
      return reader ?? fault('schema-unknown', `The registry has no schema of ${name}.`)
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'schema-unusable') return undecodable(error.message)
      throw error
    }
  }

  async #schemaOf(reader: ReaderSchema, contract: Contract): Promise<EventSchema | null> {
    if (reader.id === undefined) return null
    const { subjectName } = contract
    const ref = subjectName === null ? undefined : await this.#schemas.refOf(reader, subjectName)
    return ref ?? { subject: null, version: null, id: reader.id }
  }
}

function jsonContent(bytes: Buffer): Content {
  try {
    return { value: parseJson(bytes, Number.POSITIVE_INFINITY), schema: null }
  } catch {
    return undecodable('The topic is schemaless, and the record is not JSON.')
  }
}

const undecodable = (detail: string, schema: EventSchema | null = null) => fault('undecodable', detail, schema)

function fault(code: EventError['code'], detail: string, schema: EventSchema | null = null) {
  return { schema, error: { code, detail } }
}

function headersOut(headers: readonly RecordHeader[]): Event['headers'] {
  // Without a prototype, so that a header named __proto__ is a header like any other.
  const out: Event['headers'] = Object.create(null)
  for (const { name, value } of headers) {
    const text: ByteText | null = value && byteTextOf(value)
    const before = out[name]
    if (before === undefined) out[name] = text
    else if (Array.isArray(before)) before.push(text)
    else out[name] = [before, text]
  }
  return out
}
