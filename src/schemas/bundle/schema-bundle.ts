import type { SchemaSource, StoredSchema, SubjectVersion } from '../registry-client.ts'
import { isSameSchema } from './same-schema.ts'

/** Schemas of a file, which answers as the registry would that they are from. */
export class SchemaBundle implements SchemaSource {
  readonly schemas: readonly SubjectVersion[]

  constructor(schemas: readonly SubjectVersion[]) {
    this.schemas = schemas
  }

  async latest(subject: string): Promise<SubjectVersion | undefined> {
    return this.#of(subject).reduce<SubjectVersion | undefined>(
      (latest, each) => (latest && latest.version > each.version ? latest : each),
      undefined,
    )
  }

  async version(subject: string, version: number): Promise<SubjectVersion | undefined> {
    return this.#of(subject).find((each) => each.version === version)
  }

  async versions(subject: string): Promise<number[] | undefined> {
    const versions = this.#of(subject).map(({ version }) => version)
    return versions.length > 0 ? versions : undefined
  }

  async byId(id: number): Promise<StoredSchema | undefined> {
    return this.schemas.find((each) => each.id === id)
  }

  async byGuid(guid: string): Promise<StoredSchema | undefined> {
    return this.schemas.find((each) => each.guid === guid)
  }

  async versionOf(subject: string, schema: StoredSchema): Promise<SubjectVersion | undefined> {
    return this.#of(subject).find((each) => isSameSchema(each, schema))
  }

  #of(subject: string): SubjectVersion[] {
    return this.schemas.filter((each) => each.subject === subject)
  }
}
