import { GatewayError } from '../errors/gateway-error.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { Audit, AuditedChange, AuditedRequest } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { assertRegistrable } from './assert-registrable.ts'
import { SchemaError } from './avro/schema-error.ts'
import type { SchemaRef } from './event-codec.ts'
import type { Level } from './evolution/level.ts'
import type { Finding } from './governance/judge-parts.ts'
import type { Policy } from './governance/rule.ts'
import { Listed } from './listed.ts'
import type { RegistryClient, StoredSchema, SubjectVersion } from './registry-client.ts'
import type { RegistrySubjects } from './registry-subjects.ts'
import { readStored } from './schema-candidate.ts'
import type { SchemaCatalog } from './schema-catalog.ts'
import { checkSchema, refOf, type SchemaCheck, versionsOf } from './schema-check.ts'

export interface SchemaAdministrationParts {
  client: Pick<RegistryClient, 'byId' | 'version' | 'versionOf'>
  subjects: RegistrySubjects
  catalog: Pick<SchemaCatalog, 'refresh'>
  audit: Audit
  policy: Policy
  log: Logger
}

/** Who changes something, by which request. */
export interface SchemaAsker {
  principal: { id: string }
  request: AuditedRequest
}

export interface Marked {
  deleted: boolean
}

export type SchemaOfId = StoredSchema & { id: number; subjects: { subject: string; version: number }[] }

/** `warnings`: what the policy says of a schema that is new. */
export interface Registration {
  ref: SchemaRef
  isNew: boolean
  warnings: Listed<Finding>
}

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

  check(subject: string, schema: StoredSchema): Promise<SchemaCheck> {
    return checkSchema(this.#parts, subject, schema)
  }

  /** Rejects with `schema-invalid`, `schema-refused-by-policy` or `schema-incompatible`. */
  async register(subject: string, schema: StoredSchema, asker: SchemaAsker): Promise<Registration> {
    const known = await refOf(this.#parts, subject, schema)
    if (known) return { ref: known, isNew: false, warnings: new Listed() }
    const before = await versionsOf(this.#parts, subject)
    const warnings = await assertRegistrable(this.#parts, subject, schema, before)

    const change = { event: 'schema-registered', resource: subjectOf(subject) } as const
    const id = await this.#change(
      asker,
      change,
      () => this.#parts.subjects.register(subject, schema),
      (schemaId) => ({ ...change, details: { schemaId } }),
    )
    const version =
      (await refOf(this.#parts, subject, schema))?.version ??
      (await this.#parts.subjects.version(subject, 'latest', false)).version
    // Some registries take a schema for one that they have, where only its documentation differs.
    return { ref: { subject, version, id }, isNew: !before.includes(version), warnings }
  }

  deleteSubject(subject: string, permanent: boolean, asker: SchemaAsker): Promise<number[]> {
    return this.#delete(subject, 'all', permanent, asker, () => this.#parts.subjects.deleteSubject(subject, permanent))
  }

  deleteVersion(
    subject: string,
    version: number | 'latest',
    permanent: boolean,
    asker: SchemaAsker,
  ): Promise<number[]> {
    const asked = version === 'latest' ? version : [version]
    return this.#delete(subject, asked, permanent, asker, async () => [
      await this.#parts.subjects.deleteVersion(subject, version, permanent),
    ])
  }

  globalLevel(): Promise<Level> {
    return this.#parts.subjects.globalLevel()
  }

  level(subject: string): Promise<{ level: Level; inherited: boolean }> {
    return this.#parts.subjects.level(subject)
  }

  /** Without a subject, the global level. */
  setLevel(level: Level, asker: SchemaAsker, subject?: string): Promise<void> {
    const change = {
      event: 'compatibility-set',
      resource: subjectOf(subject ?? allSubjects),
      details: { level },
    } as const
    return this.#change(asker, change, () => this.#parts.subjects.setLevel(level, subject))
  }

  unsetLevel(subject: string, asker: SchemaAsker): Promise<void> {
    const change = { event: 'compatibility-unset', resource: subjectOf(subject) } as const
    return this.#change(asker, change, () => this.#parts.subjects.unsetLevel(subject))
  }

  #delete(
    subject: string,
    asked: DeletedVersions,
    permanent: boolean,
    asker: SchemaAsker,
    act: () => Promise<number[]>,
  ): Promise<number[]> {
    const changeOf = (versions: DeletedVersions) =>
      ({ event: 'schema-deleted', resource: subjectOf(subject), details: { versions, permanent } }) as const
    return this.#change(asker, changeOf(asked), act, changeOf)
  }

  /** Whatever is changed in the registry through the gateway goes through here. */
  async #change<T>(
    { principal, request }: SchemaAsker,
    change: SchemaChange,
    act: () => Promise<T>,
    known: (result: T) => SchemaChange = () => change,
  ): Promise<T> {
    const { audit, log, catalog } = this.#parts
    const result = await audit.change(request, change, act, known)
    const { event, resource, ...more } = known(result)
    log.info({ change: event, subject: resource.name, by: principal.id, ...more }, 'The schema registry was changed')
    const isGone = change.event === 'schema-deleted' && change.details.permanent
    if (resource.name !== allSubjects) await catalog.refresh(resource.name, isGone)
    return result
  }
}

type SchemaChange = Extract<AuditedChange, { event: `schema-${string}` | `compatibility-${string}` }>
type DeletedVersions = Extract<SchemaChange, { event: 'schema-deleted' }>['details']['versions']

/** No subject is called that. */
const allSubjects = '*'

const subjectOf = (name: string) => ({ kind: 'subject', name }) as const

/** Those that are live, and those of all that are not. */
function marked<Item>(live: readonly Item[], all: readonly Item[]): ({ item: Item } & Marked)[] {
  const gone = all.filter((item) => !live.includes(item))
  return [...live.map((item) => ({ item, deleted: false })), ...gone.map((item) => ({ item, deleted: true }))]
}

const isNotFound = (error: unknown): boolean =>
  error instanceof GatewayError && ['subject-not-found', 'schema-version-not-found'].includes(error.code)
