import { GatewayError } from '../../errors/gateway-error.ts'
import type { SchemaSource, SubjectVersion } from '../registry-client.ts'
import type { RegistrySubjects } from '../registry-subjects.ts'

export interface CollectedFrom {
  client: Pick<SchemaSource, 'version' | 'versions'>
  subjects: Pick<RegistrySubjects, 'list'>
}

/** All versions of some subjects, or of all, and of those that they refer to; by subject and version. */
export async function collectSchemas({ client, subjects }: CollectedFrom, wanted: readonly string[]) {
  const found = new Map<string, SubjectVersion>()
  const add = async (subject: string, version: number): Promise<void> => {
    const key = `${subject}/${version}`
    if (found.has(key)) return
    const schema = await client.version(subject, version)
    // Deleted since it was listed.
    if (!schema) return
    found.set(key, schema)
    for (const reference of schema.references) await add(reference.subject, reference.version)
  }
  for (const subject of wanted.length > 0 ? wanted : await subjects.list(false)) {
    const versions = await client.versions(subject)
    if (!versions) throw new GatewayError('schema-not-found', `The registry has no subject "${subject}".`)
    for (const version of versions) await add(subject, version)
  }
  return [...found.values()].sort((one, other) => byName(one, other) || one.version - other.version)
}

function byName({ subject: one }: SubjectVersion, { subject: other }: SubjectVersion): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
