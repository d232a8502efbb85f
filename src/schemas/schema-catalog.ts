import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors/gateway-error.ts'
import { compileAvro } from './avro/compile-avro.ts'
import { SchemaError } from './avro/schema-error.ts'
import type { EventCodec, SchemaRef } from './event-codec.ts'
import { isAway, LatestSchema } from './latest-schema.ts'
import { OnceFetched } from './once-fetched.ts'
import { referencedSchemas } from './referenced-schemas.ts'
import type { SchemaSource, StoredSchema, SubjectVersion } from './registry-client.ts'
import {
  allowedVersions,
  namedRange,
  type SchemasInRange,
  type VersionRange,
  versionNotAllowed,
} from './version-range.ts'
import { type SchemaMark, schemaIdHeader, schemaMarkOf, wirePrefix } from './wire-format.ts'

/** A schema to judge and write events by. */
export interface WriterSchema {
  ref: SchemaRef
  /** The wire format's first bytes. */
  prefix: Buffer
  codec: EventCodec
}

export interface ReaderSchema {
  /** Absent where the record names its schema by GUID. */
  id?: number
  schema: StoredSchema
  codec: EventCodec
}

/** The schema that a topic's contract binds it to, or that version of it; null in a schemaless topic. */
export type WriterSchemaOf = (rule: SchemaRule, asked?: number) => WriterSchema | null | Promise<WriterSchema>

export interface SchemaRule {
  subjectName: string | null
  /** Absent: the latest. A number: that version alone. A range: the newest in it, and any other for whoever asks. */
  subject: { version?: number | VersionRange | undefined }
}

/** What is asked where the registry is away and what is wanted is not known. */
export interface Standby {
  /** False once it must not be asked any more. */
  isTrusted: boolean
  catalog: SchemaCatalog
}

/** What the registry knows, remembered: versions and ids for ever, what may change for its time to live, failures not at all. */
export class SchemaCatalog {
  readonly #client: SchemaSource
  readonly #latestTtlMs: number
  readonly #latest = new Map<string, LatestSchema<WriterSchema>>()
  readonly #ranges = new Map<string, LatestSchema<SchemasInRange>>()
  readonly #versions = new OnceFetched<WriterSchema>()
  readonly #readers = new OnceFetched<ReaderSchema>()
  readonly #refs = new Map<string, LatestSchema<SchemaRef | undefined>>()
  readonly #missingIds = new LRUCache<string, true>({ max: 10_000, ttl: 10_000 })
  readonly #standby: Readonly<Standby> | undefined

  constructor(client: SchemaSource, latestTtlMs: number, standby?: Readonly<Standby>) {
    this.#client = client
    this.#latestTtlMs = latestTtlMs
    this.#standby = standby
  }

  /**
   * Throws `schema-not-found`, `schema-unusable`, `registry-unavailable` or, where a version is asked for, `schema-version-not-allowed`.
   * No promise where the schema is known.
   */
  readonly writerOf: WriterSchemaOf = ({ subjectName, subject: { version } }, asked) => {
    if (subjectName === null) {
      if (asked !== undefined) throw versionNotAllowed(asked, [])
      return null
    }
    if (typeof version === 'object') return this.#inRange(subjectName, version, asked)
    const only = version === undefined ? this.latest(subjectName) : this.version(subjectName, version)
    if (asked === undefined) return only
    return only instanceof Promise ? only.then((found) => asAsked(found, asked)) : asAsked(only, asked)
  }

  latest(subject: string): WriterSchema | Promise<WriterSchema> {
    const known = this.#changing(this.#latest, subject, () => this.#fetchLatest(subject)).get()
    return this.#orStandby(known, (standby) => standby.latest(subject))
  }

  version(subject: string, version: number): WriterSchema | Promise<WriterSchema> {
    return this.#orStandby(this.#version(subject, version), (standby) => standby.version(subject, version))
  }

  /** How a record names the schema of its value; undefined where it does not. */
  markOf(value: Buffer, headers: readonly { name: string; value: Buffer | null }[]): SchemaMark | undefined {
    return schemaMarkOf(value, headers.find(({ name }) => name === schemaIdHeader)?.value ?? undefined)
  }

  /** The schema that a record names; undefined where the registry has none of that name. No promise where that is known. */
  reader(mark: SchemaMark): ReaderSchema | undefined | Promise<ReaderSchema | undefined> {
    const key = 'id' in mark ? `id/${mark.id}` : `guid/${mark.guid}`
    if (this.#missingIds.has(key)) return undefined
    const known = this.#readers.peek(key) ?? this.#fetchReader(key, mark)
    return this.#orStandby(known, (standby) => standby.reader(mark))
  }

  /** Subject and version of a schema under one subject; undefined where that subject does not have it. */
  refOf(reader: ReaderSchema, subject: string): SchemaRef | undefined | Promise<SchemaRef | undefined> {
    const { id, schema } = reader
    if (id === undefined) return undefined
    return this.#orStandby(this.#ref(subject, id, schema).get(), (standby) => standby.refOf(reader, subject))
  }

  /**
   * Asks again, at once, for all that is known of a subject and may have changed; what cannot be asked for is kept.
   * @param isGone whether something was deleted for good, so that a number may come to mean another version
   */
  async refresh(subject: string, isGone = false): Promise<void> {
    if (isGone) this.#versions.forget(`${subject}/`)
    this.#missingIds.clear()
    const held = [...this.#refs, ...this.#ranges]
      .filter(([key]) => key.startsWith(`${subject}/`))
      .map(([, each]) => each)
    await Promise.all([this.#latest.get(subject), ...held].map((each) => each?.refresh()))
  }

  /** What the standby gives is not remembered here: the registry is asked again by whoever comes next. */
  #orStandby<T>(known: T | Promise<T>, ask: (standby: SchemaCatalog) => T | Promise<T>): T | Promise<T> {
    const standby = this.#standby
    if (!standby || !(known instanceof Promise)) return known
    return known.catch(async (error: unknown) => {
      if (!isAway(error) || !standby.isTrusted) throw error
      return (await answerOf(() => ask(standby.catalog))) ?? Promise.reject(error)
    })
  }

  async #fetchReader(key: string, mark: SchemaMark): Promise<ReaderSchema | undefined> {
    const known = await this.#readers.find(key, async () => {
      const schema = await ('id' in mark ? this.#client.byId(mark.id) : this.#client.byGuid(mark.guid))
      return schema && { ...('id' in mark && { id: mark.id }), schema, codec: await this.#codec(schema) }
    })
    if (!known) this.#missingIds.set(key, true)
    return known
  }

  #ref(subject: string, id: number, schema: StoredSchema): LatestSchema<SchemaRef | undefined> {
    return this.#changing(this.#refs, `${subject}/${id}`, async () => {
      const found = await this.#client.versionOf(subject, schema)
      return found && { subject, version: found.version, id }
    })
  }

  async #fetchLatest(subject: string): Promise<WriterSchema> {
    const found = await this.#client.latest(subject)
    const write = () => this.#writer(subject, found, `subject "${subject}"`)
    // By its id, too: a subject that was deleted for good counts its versions from 1 again.
    return found ? this.#versions.get(`${subject}/${found.version}/${found.id}`, write) : write()
  }

  #version(subject: string, version: number): WriterSchema | Promise<WriterSchema> {
    return this.#versions.get(`${subject}/${version}`, async () =>
      this.#writer(subject, await this.#client.version(subject, version), `version ${version} of subject "${subject}"`),
    )
  }

  #inRange(subject: string, range: VersionRange, asked: number | undefined): WriterSchema | Promise<WriterSchema> {
    const held = this.#range(subject, range)
    const chosen = ({ newest, versions }: SchemasInRange): WriterSchema | Promise<WriterSchema> => {
      if (asked === undefined || asked === newest.ref.version) return newest
      if (!versions.includes(asked)) throw versionNotAllowed(asked, versions)
      return this.version(subject, asked)
    }
    return held instanceof Promise ? held.then(chosen) : chosen(held)
  }

  #range(subject: string, range: VersionRange): SchemasInRange | Promise<SchemasInRange> {
    const key = `${subject}/${namedRange(range)}`
    const known = this.#changing(this.#ranges, key, () => this.#fetchRange(subject, range)).get()
    return this.#orStandby(known, (standby) => standby.#range(subject, range))
  }

  async #fetchRange(subject: string, range: VersionRange): Promise<SchemasInRange> {
    const versions = allowedVersions(range, (await this.#client.versions(subject)) ?? [])
    const newest = versions.at(-1)
    if (newest === undefined) throw noSchema(`${namedRange(range)} of subject "${subject}"`)
    return { versions, newest: await this.#version(subject, newest) }
  }

  #changing<T>(known: Map<string, LatestSchema<T>>, key: string, fetch: () => Promise<T>): LatestSchema<T> {
    const held = known.get(key) ?? new LatestSchema(fetch, this.#latestTtlMs)
    known.set(key, held)
    return held
  }

  async #writer(subject: string, found: SubjectVersion | undefined, wanted: string): Promise<WriterSchema> {
    if (!found) throw noSchema(wanted)
    const { version, id } = found
    const ref = { subject, version, id }
    const codec = await this.#codec(found)
    // What is written is read soon, and then without asking the registry again, which may be away.
    this.#readers.set(`id/${id}`, { id, schema: found, codec })
    this.#ref(subject, id, found).hold(ref)
    return { ref, prefix: wirePrefix(id), codec }
  }

  async #codec(schema: StoredSchema): Promise<EventCodec> {
    if (schema.schemaType !== 'AVRO') {
      throw new GatewayError('schema-unusable', `The schema is of type ${schema.schemaType}; Headgate reads Avro.`)
    }
    try {
      return compileAvro(schema.schema, await referencedSchemas(this.#client, schema))
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      throw new GatewayError('schema-unusable', `The schema cannot be used: ${error.message}`, { cause: error })
    }
  }
}

async function answerOf<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}

const noSchema = (wanted: string): GatewayError =>
  new GatewayError(
    'schema-not-found',
    `The registry has no ${wanted}. Register a schema, or mark the topic "schemaless" in its contract.`,
  )

function asAsked(only: WriterSchema, asked: number): WriterSchema {
  if (only.ref.version === asked) return only
  throw versionNotAllowed(asked, [only.ref.version])
}
