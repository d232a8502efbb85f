import { GatewayError } from '../errors/gateway-error.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { Logger } from '../observability/logger.ts'
import { SchemaError } from './avro/schema-error.ts'
import type { SchemaRef } from './event-codec.ts'
import type { AvroDocument } from './evolution/avro/avro-document.ts'
import type { Level } from './evolution/level.ts'
import { type Evolution, type JudgedChange, versionsFor } from './evolution/verdict.ts'
import type { RegistryClient, StoredSchema, SubjectVersion } from './registry-client.ts'
import type { RegistrySubjects } from './registry-subjects.ts'
import { readCandidate, readStored } from './schema-candidate.ts'
import type { SchemaCatalog } from './schema-catalog.ts'
import { checkSchema, judge, readVersions, refOf, type SchemaCheck, versionsOf } from './schema-check.ts'

export interface SchemaAdministrationParts {
  client: Pick<RegistryClient, 'byId' | 'version' | 'versionOf'>
  subjects: RegistrySubjects
  catalog: Pick<SchemaCatalog, 'refresh'>
  log: Logger
}

export interface Marked {
  deleted: boolean
}

export type SchemaOfId = StoredSchema & { id: number; subjects: { subject: string; version: number }[] }

const mostChanges = 1_000

/** What can be done with the registry's schemas. Who may see and do it is the caller's to decide. */
export class SchemaAdministration {
  readonly #parts: SchemaAdministrationParts

  constructor(parts: SchemaAdministrationParts) {
    this.#parts = parts
  }

  /** Names that `isVisible` lets through, in order. */
  async list(isVisible: (subject: string) => boolean, withDeleted: boolean): Promise<({ subject: string } & Marked)[]> {
    const { subjects } = this.#parts
    const [live, all] = await Promise.all([subjects.list(false), withDeleted ? subjects.list(true) : []])
    return marked(live, all)
      .filter(({ item }) => isVisible(item))
      .map(({ item, deleted }) => ({ subject: item, deleted }))
      .sort((a, b) => (a.subject < b.subject ? -1 : 1))
  }

  async versions(subject: string, withDeleted: boolean): Promise<({ version: number } & Marked)[]> {
    const { subjects } = this.#parts
    const [live, all] = withDeleted
      ? await Promise.all([versionsOf(this.#parts, subject), subjects.versions(subject, true)])
      : [await subjects.versions(subject, false), []]
    return marked(live, all)
      .map(({ item, deleted }) => ({ version: item, deleted }))
      .sort((a, b) => a.version - b.version)
  }

  async version(subject: string, version: number | 'latest', withDeleted: boolean): Promise<SubjectVersion & Marked> {
    try {
      return { ...(await this.#parts.subjects.version(subject, version, false)), deleted: false }
    } catch (error) {
      if (!withDeleted || version === 'latest' || !isNotFound(error)) throw error
      return { ...(await this.#parts.subjects.version(subject, version, true)), deleted: true }
    }
  }

  /** Rejects with `schema-id-not-found` where none of the schema's subjects is visible. */
  async byId(id: number, isVisible: (subject: string) => boolean): Promise<SchemaOfId> {
    const found = await this.#parts.client.byId(id)
    const uses = found ? await this.#parts.subjects.usesOf(id) : []
    const visible = uses.filter(({ subject }) => isVisible(subject))
    if (!found || visible.length === 0) {
      throw new GatewayError('schema-id-not-found', `There is no schema of the id ${id} that your scopes reach.`)
    }
    return { id, ...found, subjects: visible }
  }

  /** The schema with the types of its references written in. Rejects with `schema-unusable`. */
  async resolved(schema: StoredSchema): Promise<JsonValue> {
    try {
      return (await readStored(this.#parts.client, schema)).json
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      throw new GatewayError('schema-unusable', `The schema cannot be resolved: ${error.message}.`, { cause: error })
    }
  }

  /** Lists at most 1,000 changes. */
  async check(subject: string, schema: StoredSchema): Promise<SchemaCheck & { omittedChanges: number }> {
    const check = await checkSchema(this.#parts, subject, schema)
    const changes = check.changes.slice(0, mostChanges)
    return { ...check, changes, omittedChanges: check.changes.length - changes.length }
  }

  /** Rejects with `schema-invalid` or `schema-incompatible`. */
  async register(subject: string, schema: StoredSchema, by: string): Promise<{ ref: SchemaRef; isNew: boolean }> {
    const known = await refOf(this.#parts, subject, schema)
    if (known) return { ref: known, isNew: false }
    const before = await versionsOf(this.#parts, subject)
    await this.#assertAllowed(subject, schema, before)

    const id = await this.#parts.subjects.register(subject, schema)
    const version =
      (await refOf(this.#parts, subject, schema))?.version ??
      (await this.#parts.subjects.version(subject, 'latest', false)).version
    await this.#changed({ what: 'registered', subject, versions: [version], id, by })
    // Some registries take a schema for one that they have, where only its documentation differs.
    return { ref: { subject, version, id }, isNew: !before.includes(version) }
  }

  async deleteSubject(subject: string, permanent: boolean, by: string): Promise<number[]> {
    const versions = await this.#parts.subjects.deleteSubject(subject, permanent)
    await this.#changed({ what: permanent ? 'deleted for good' : 'deleted', subject, versions, by })
    return versions
  }

  async deleteVersion(subject: string, version: number | 'latest', permanent: boolean, by: string): Promise<number[]> {
    const versions = [await this.#parts.subjects.deleteVersion(subject, version, permanent)]
    await this.#changed({ what: permanent ? 'deleted for good' : 'deleted', subject, versions, by })
    return versions
  }

  globalLevel(): Promise<Level> {
    return this.#parts.subjects.globalLevel()
  }

  level(subject: string): Promise<{ level: Level; inherited: boolean }> {
    return this.#parts.subjects.level(subject)
  }

  /** Without a subject, the global level. */
  async setLevel(level: Level, by: string, subject?: string): Promise<void> {
    await this.#parts.subjects.setLevel(level, subject)
    await this.#changed({ what: 'level set', level, by, ...(subject !== undefined && { subject }) })
  }

  async unsetLevel(subject: string, by: string): Promise<void> {
    await this.#parts.subjects.unsetLevel(subject)
    await this.#changed({ what: 'level unset', subject, by })
  }

  async #assertAllowed(subject: string, schema: StoredSchema, versions: readonly number[]): Promise<void> {
    const [candidate, { level }] = await Promise.all([this.#valid(schema), this.#parts.subjects.level(subject)])
    const evolution = await this.#evolution(candidate, subject, versionsFor(level, versions))
    const changes = notAllowedBy(level, evolution?.changes ?? [])
    if (changes.length > 0) throw incompatible(subject, level, changes)
  }

  async #valid(schema: StoredSchema): Promise<AvroDocument> {
    try {
      return await readCandidate(this.#parts.client, schema)
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      throw new GatewayError('schema-invalid', `The schema is not valid: ${error.message}`, { cause: error })
    }
  }

  /** Undefined where the gateway cannot judge: then the registry does so alone. */
  async #evolution(
    candidate: AvroDocument,
    subject: string,
    versions: readonly number[],
  ): Promise<Evolution | undefined> {
    try {
      return judge(candidate, await readVersions(this.#parts, subject, versions))
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'schema-unusable') return undefined
      throw error
    }
  }

  /** Whatever is changed in the registry through the gateway ends here. */
  async #changed(change: SchemaAudit): Promise<void> {
    this.#parts.log.info(change, 'The schema registry was changed')
    if (change.subject !== undefined)
      await this.#parts.catalog.refresh(change.subject, change.what === 'deleted for good')
  }
}

interface SchemaAudit {
  what: 'registered' | 'deleted' | 'deleted for good' | 'level set' | 'level unset'
  /** Who did it. */
  by: string
  /** Absent for the global level. */
  subject?: string
  versions?: readonly number[]
  id?: number
  level?: Level
}

/** Those that are live, and those of all that are not. */
function marked<Item>(live: readonly Item[], all: readonly Item[]): ({ item: Item } & Marked)[] {
  const gone = all.filter((item) => !live.includes(item))
  return [...live.map((item) => ({ item, deleted: false })), ...gone.map((item) => ({ item, deleted: true }))]
}

function notAllowedBy(level: Level, changes: readonly JudgedChange[]): JudgedChange[] {
  return changes
    .map((change) => ({ ...change, breaks: change.breaks.filter(({ levels }) => levels.includes(level)) }))
    .filter(({ breaks }) => breaks.length > 0)
}

function incompatible(subject: string, level: Level, changes: readonly JudgedChange[]): GatewayError {
  const broken = [...new Set(changes.flatMap(({ breaks }) => breaks.flatMap(({ versions }) => versions)))]
  const what = changes.length === 1 ? '1 change, which breaks' : `${changes.length} changes, which break`
  const which = broken.length === 1 ? `version ${broken[0]}` : `${broken.length} versions`
  return new GatewayError(
    'schema-incompatible',
    `The level ${level} of "${subject}" does not allow ${what} ${which}.`,
    {
      members: { level, changes: changes.slice(0, mostChanges) },
    },
  )
}

const isNotFound = (error: unknown): boolean =>
  error instanceof GatewayError && ['subject-not-found', 'schema-version-not-found'].includes(error.code)
