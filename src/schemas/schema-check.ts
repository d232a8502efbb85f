import { GatewayError } from '../errors/gateway-error.ts'
import { SchemaError } from './avro/schema-error.ts'
import type { SchemaRef } from './event-codec.ts'
import type { AvroDocument } from './evolution/avro/avro-document.ts'
import { avroComparison } from './evolution/avro/compare-avro.ts'
import type { Level } from './evolution/level.ts'
import { type EarlierVersion, type Evolution, type JudgedChange, judgeEvolution } from './evolution/verdict.ts'
import type { Finding } from './governance/judge-parts.ts'
import type { Policy } from './governance/rule.ts'
import { InvalidSchema, type PlacedFault } from './invalid-schema.ts'
import { Listed } from './listed.ts'
import { policyVerdict } from './policy-verdict.ts'
import type { RegistryClient, StoredSchema } from './registry-client.ts'
import type { RegistrySubjects } from './registry-subjects.ts'
import { type Candidate, readCandidate, readStored } from './schema-candidate.ts'

export interface SchemaCheckParts {
  client: Pick<RegistryClient, 'version' | 'versionOf'>
  subjects: Pick<RegistrySubjects, 'versions' | 'version' | 'level'>
  policy: Policy
}

/** What a check found: what the policy says, all that changed, and what each level says of it. */
export interface SchemaCheck extends Omit<Evolution, 'changes'> {
  /** What makes the schema invalid. Then there is nothing else to tell of it. */
  faults: Listed<PlacedFault>
  findings: Listed<Finding>
  /** By the policy. */
  allowed: boolean
  changes: Listed<JudgedChange>
  /** The version that the subject has of this very schema. */
  registered: SchemaRef | null
  level: Level
  inherited: boolean
  compatible: boolean
  comparedWith: number[]
}

/** Rejects with `schema-unusable` where an earlier version cannot be compared with. */
export async function checkSchema(
  parts: SchemaCheckParts,
  subject: string,
  schema: StoredSchema,
): Promise<SchemaCheck> {
  const [candidate, { level, inherited }] = await Promise.all([
    validOrNot(parts, schema),
    parts.subjects.level(subject),
  ])
  if (candidate instanceof InvalidSchema) {
    const nothing = { findings: new Listed<Finding>(), levels: [], changes: new Listed<JudgedChange>() }
    const no = { registered: null, allowed: false, compatible: false, comparedWith: [] }
    return { ...nothing, ...no, faults: Listed.of(candidate.faults), level, inherited }
  }
  const { findings, refusals } = policyVerdict(candidate.parts, parts.policy)
  const [registered, numbers] = await Promise.all([refOf(parts, subject, schema), versionsOf(parts, subject)])
  const versions = await readVersions(parts, subject, numbers)
  const { levels, changes } = judge(candidate, versions)
  return {
    faults: new Listed(),
    findings,
    allowed: refusals.count === 0,
    registered,
    level,
    inherited,
    compatible: levels.some((verdict) => verdict.level === level && verdict.compatible),
    comparedWith: numbers,
    levels,
    changes: Listed.of(changes),
  }
}

/** Under which version a subject has this very schema, if it does. */
export async function refOf(
  { client }: Pick<SchemaCheckParts, 'client'>,
  subject: string,
  schema: StoredSchema,
): Promise<SchemaRef | null> {
  const found = await client.versionOf(subject, schema)
  return found ? { subject, version: found.version, id: found.id } : null
}

/** The versions that are compared with, the oldest first; none of a subject that there is not yet. */
export async function versionsOf({ subjects }: Pick<SchemaCheckParts, 'subjects'>, subject: string): Promise<number[]> {
  try {
    return (await subjects.versions(subject, false)).sort((a, b) => a - b)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'subject-not-found') return []
    throw error
  }
}

/** Rejects with `schema-unusable`. */
export function readVersions(
  { client, subjects }: Pick<SchemaCheckParts, 'client' | 'subjects'>,
  subject: string,
  numbers: readonly number[],
): Promise<EarlierVersion<AvroDocument>[]> {
  const read = async (version: number) => {
    const stored = await subjects.version(subject, version, false)
    try {
      return { version, schema: await readStored(client, stored) }
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error
      throw unusable(`Version ${version} of "${subject}" cannot be compared with: ${error.message}.`, error)
    }
  }
  return Promise.all(numbers.map(read))
}

/** Rejects with `schema-unusable` where comparing them would take too long. */
export function judge(candidate: AvroDocument, versions: readonly EarlierVersion<AvroDocument>[]): Evolution {
  try {
    return judgeEvolution(avroComparison(), candidate, versions)
  } catch (error) {
    if (error instanceof SchemaError) throw unusable(error.message, error)
    throw error
  }
}

const unusable = (detail: string, cause: SchemaError): GatewayError =>
  new GatewayError('schema-unusable', detail, { cause })

async function validOrNot({ client }: SchemaCheckParts, schema: StoredSchema): Promise<Candidate | InvalidSchema> {
  try {
    return await readCandidate(client, schema)
  } catch (error) {
    if (error instanceof InvalidSchema) return error
    throw error
  }
}
