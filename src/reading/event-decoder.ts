import type { Contract } from '../contracts/contract.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type ByteText, byteTextOf } from '../json/byte-text.ts'
import { parseJson } from '../json/parse-json.ts'
import { formatTime } from '../json/time.ts'
import type { RecordHeader, StoredRecord } from '../kafka/record.ts'
import type { SchemaNode } from '../schemas/avro/schema-node.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'
import type { ReaderSchema, SchemaCatalog } from '../schemas/schema-catalog.ts'
import type { SchemaMark } from '../schemas/wire-format.ts'
import type { Event, EventError, EventSchema } from './event.ts'
import { EventMasks, isMasked } from './masking/event-masks.ts'
import type { PseudonymOf } from './masking/pseudonyms.ts'

type Content = Pick<Event, 'value' | 'schema' | 'error'>
type Readable = ReaderSchema | (Content & { error: EventError })

/** What a record holds, in any form, as nobody has asked yet whether it may be shown. */
interface OpenContent {
  as(options: DecodeOptions): Content
  /** Of its schema, where it was written with one. */
  type?: SchemaNode
}

/** Who reads. There is no event without saying so. */
export interface ReadOptions extends DecodeOptions {
  /** The scopes, as `NAME:TOPIC`, by which the reader may see everything of topics. Of any other topic it sees what its contract shows. */
  unmasked: ReadonlySet<string>
}

/** Gives the event of a record whose schema is known. */
export type OpenRecord = (options: ReadOptions) => Event

/** Turns records into events: the only way out of them. A record that cannot be decoded becomes an event with an `error`. */
export class EventDecoder {
  readonly #schemas: SchemaCatalog
  readonly #masks: EventMasks

  constructor(schemas: SchemaCatalog, pseudonymOf?: PseudonymOf) {
    this.#schemas = schemas
    this.#masks = new EventMasks(schemas, pseudonymOf)
  }

  /**
   * No promise where the schema is known. Throws GatewayError `registry-unavailable` where the registry must be asked and
   * cannot be.
   */
  decode(record: StoredRecord, contract: Contract, options: ReadOptions): Event | Promise<Event> {
    return after(this.open(record, contract), (eventAs) => eventAs(options))
  }

  /** What makes an event of the record, in any form and without waiting. Throws as `decode` does. */
  open(record: StoredRecord, contract: Contract): OpenRecord | Promise<OpenRecord> {
    return after(this.#content(record, contract), (content) => {
      if (!isMasked(contract)) return (options) => eventOf(record, content.as(options))
      const scope = `${contract.masking.unless}:${contract.topic}`
      return after(this.#masks.of(contract, content.type), (mask): OpenRecord => {
        return (options) => {
          const event = eventOf(record, content.as(options))
          return options.unmasked.has(scope) ? event : mask(event)
        }
      })
    })
  }

  /**
   * By what records of the topic are masked now, beside their own schema. Where that is another than when a record was opened, the
   * record must be opened anew before it is shown to somebody else. Throws as `decode` does.
   */
  maskedBy(contract: Contract): object | undefined | Promise<object | undefined> {
    return isMasked(contract) ? this.#masks.current(contract) : undefined
  }

  #content({ value, headers }: StoredRecord, contract: Contract): OpenContent | Promise<OpenContent> {
    if (value === null) return opened({ value: null, schema: null })
    if (contract.schemaless) return opened(jsonContent(value))
    const mark = this.#schemas.markOf(value, headers)
    if (!mark) {
      return opened(
        undecodable('The record does not name a schema. Mark the topic "schemaless" in its contract if it holds JSON.'),
      )
    }
    return after(this.#readerOf(mark), (reader) => {
      if ('error' in reader) return opened(reader)
      return after(this.#schemaOf(reader, contract), (schema): OpenContent => {
        return { type: reader.codec.type, as: (options) => avroContent(reader, value, mark.start, options, schema) }
      })
    })
  }

  #readerOf(mark: SchemaMark): Readable | Promise<Readable> {
    const found = this.#schemas.reader(mark)
    if (!(found instanceof Promise)) return found ?? unknownSchema(mark)
    return found.then(
      (reader) => reader ?? unknownSchema(mark),
      (error: unknown) => {
        if (error instanceof GatewayError && error.code === 'schema-unusable') return undecodable(error.message)
        throw error
      },
    )
  }

  #schemaOf(reader: ReaderSchema, contract: Contract): EventSchema | null | Promise<EventSchema | null> {
    const { id } = reader
    if (id === undefined) return null
    const { subjectName } = contract
    const ref = subjectName === null ? undefined : this.#schemas.refOf(reader, subjectName)
    return after(ref, (known) => known ?? { subject: null, version: null, id })
  }
}

const opened = (content: Content): OpenContent => ({ as: () => content })

/** What follows on a value, at once where it is here already. */
function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

function eventOf({ topic, partition, offset, timestamp, key, headers }: StoredRecord, content: Content): Event {
  const { value, schema, error } = content
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

function avroContent(
  { codec }: ReaderSchema,
  bytes: Buffer,
  start: number,
  options: DecodeOptions,
  schema: EventSchema | null,
): Content {
  try {
    return { value: codec.decode(bytes, start, options), schema }
  } catch (error) {
    return undecodable(`The record is not of its schema: ${(error as Error).message}.`, schema)
  }
}

// What others wrote may be nested deeper than JSON can be written without running out of stack.
const deepestJson = 500

function jsonContent(bytes: Buffer): Content {
  try {
    return { value: parseJson(bytes, deepestJson), schema: null }
  } catch (error) {
    const reason = error instanceof GatewayError ? ` ${error.message}` : ''
    return undecodable(`The topic is schemaless, and the record is not JSON that can be read.${reason}`)
  }
}

function unknownSchema(mark: SchemaMark) {
  const name = 'id' in mark ? `id ${mark.id}` : `GUID ${mark.guid}`
  return fault('schema-unknown', `The registry has no schema of ${name}.`)
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
