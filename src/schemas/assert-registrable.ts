import { GatewayError } from '../errors/gateway-error.ts'
import type { Level } from './evolution/level.ts'
import { type Evolution, type JudgedChange, versionsFor } from './evolution/verdict.ts'
import type { Finding } from './governance/judge-parts.ts'
import { InvalidSchema } from './invalid-schema.ts'
import { Listed } from './listed.ts'
import { policyVerdict } from './policy-verdict.ts'
import type { StoredSchema } from './registry-client.ts'
import { type Candidate, readCandidate } from './schema-candidate.ts'
import { judge, readVersions, type SchemaCheckParts } from './schema-check.ts'

/**
 * Asks whether it is a schema, then what the policy says, then what the level says of it after these versions. Returns
 * what the policy warns of; rejects with `schema-invalid`, `schema-refused-by-policy` or `schema-incompatible`.
 */
export async function assertRegistrable(
  parts: SchemaCheckParts,
  subject: string,
  schema: StoredSchema,
  versions: readonly number[],
): Promise<Listed<Finding>> {
  const [candidate, { level }] = await Promise.all([validCandidate(parts, schema), parts.subjects.level(subject)])
  const { findings, refusals } = policyVerdict(candidate.parts, parts.policy)
  if (refusals.count > 0) throw refused(refusals)
  const evolution = await evolutionOf(candidate, parts, subject, versionsFor(level, versions))
  const changes = notAllowedBy(level, evolution?.changes ?? [])
  if (changes.length > 0) throw incompatible(subject, level, changes)
  return findings
}

async function validCandidate({ client }: SchemaCheckParts, schema: StoredSchema): Promise<Candidate> {
  try {
    return await readCandidate(client, schema)
  } catch (error) {
    if (!(error instanceof InvalidSchema)) throw error
    throw new GatewayError('schema-invalid', `The schema is not valid: ${error.message}`, { cause: error })
  }
}

/** Undefined where the gateway cannot judge: then the registry does so alone. */
async function evolutionOf(
  candidate: Candidate,
  parts: SchemaCheckParts,
  subject: string,
  versions: readonly number[],
): Promise<Evolution | undefined> {
  try {
    return judge(candidate, await readVersions(parts, subject, versions))
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'schema-unusable') return undefined
    throw error
  }
}

function notAllowedBy(level: Level, changes: readonly JudgedChange[]): JudgedChange[] {
  return changes
    .map((change) => ({ ...change, breaks: change.breaks.filter(({ levels }) => levels.includes(level)) }))
    .filter(({ breaks }) => breaks.length > 0)
}

function refused({ items: findings, omitted: omittedFindings, count }: Listed<Finding>): GatewayError {
  const reasons = count === 1 ? '1 reason' : `${count} reasons`
  return new GatewayError('schema-refused-by-policy', `The policy refuses the schema for ${reasons}.`, {
    members: { findings, omittedFindings },
  })
}

function incompatible(subject: string, level: Level, changes: readonly JudgedChange[]): GatewayError {
  const broken = [...new Set(changes.flatMap(({ breaks }) => breaks.flatMap(({ versions }) => versions)))]
  const what = changes.length === 1 ? '1 change, which breaks' : `${changes.length} changes, which break`
  const which = broken.length === 1 ? `version ${broken[0]}` : `${broken.length} versions`
  const detail = `The level ${level} of "${subject}" does not allow ${what} ${which}.`
  return new GatewayError('schema-incompatible', detail, { members: { level, changes: Listed.of(changes).items } })
}
