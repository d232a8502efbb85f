import { type Request, type RequestHandler, Router } from 'express'
import { assertMay, principalOf, requireAction, requireScope } from '../auth/guard.ts'
import { mayDo } from '../auth/scope.ts'
import type { components } from '../generated/openapi.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { StoredSchema } from '../schemas/registry-client.ts'
import type { SchemaCheck } from '../schemas/schema-check.ts'
import { askerOf } from './asker.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

type Schemas = components['schemas']

const readers = ['schemas-read', 'schemas-write'] as const

/** The subjects of the registry and their versions: read, checked, registered, deleted. */
export function schemasRouter({ on, authenticated, schemas, config }: RouteContext): Router {
  const listSubjects: Operation<'listSubjects'> = async ({ query, req }, res) => {
    answerJson(res, 200, { subjects: await schemas.list(visibleTo(req), isSet(query.deleted)) })
  }

  const getSchemaById: Operation<'getSchemaById'> = async ({ params, query, req }, res) => {
    const found = await schemas.byId(params.schemaId, visibleTo(req))
    answerJson(res, 200, { ...found, ...(await resolvedIf(query.resolved, found)) } satisfies Schemas['SchemaOfId'])
  }

  const listSchemaVersions: Operation<'listSchemaVersions'> = async ({ params: { subject }, query }, res) => {
    answerJson(res, 200, { subject, versions: await schemas.versions(subject, isSet(query.deleted)) })
  }

  const getSchemaVersion: Operation<'getSchemaVersion'> = async ({ params, query }, res) => {
    const found = await schemas.version(params.subject, versionOf(params.version), isSet(query.deleted))
    answerJson(res, 200, { ...found, ...(await resolvedIf(query.resolved, found)) } satisfies Schemas['SchemaVersion'])
  }

  const registerSchema: Operation<'registerSchema'> = async ({ params: { subject }, query, body, req }, res) => {
    const principal = principalOf(req)
    const schema = storedSchema((body as JsonBody).value as unknown as Schemas['SchemaCandidate'])
    if (!query.dryRun) assertMay(principal, ['schemas-write'], subject)
    for (const reference of schema.references) assertMay(principal, readers, reference.subject)

    if (query.dryRun) {
      answerJson(res, 200, checkBody(subject, await schemas.check(subject, schema)))
      return
    }
    const { ref, isNew, warnings } = await schemas.register(subject, schema, askerOf(req, res))
    if (!isNew) {
      answerJson(res, 200, ref satisfies Schemas['SchemaRef'])
      return
    }
    const { items: findings, omitted: omittedFindings } = warnings
    res.setHeader('location', `/v1/schemas/${subject}/versions/${ref.version}`)
    answerJson(res, 201, { ...ref, findings, omittedFindings } satisfies Schemas['RegisteredSchema'])
  }

  const deleteSubject: Operation<'deleteSubject'> = async ({ params: { subject }, query, req }, res) => {
    const permanent = isSet(query.permanent)
    const versions = await schemas.deleteSubject(subject, permanent, askerOf(req, res))
    answerJson(res, 200, { subject, versions, permanent } satisfies Schemas['DeletedVersions'])
  }

  const deleteSchemaVersion: Operation<'deleteSchemaVersion'> = async ({ params, query, req }, res) => {
    const { subject, version } = params
    const permanent = isSet(query.permanent)
    const versions = await schemas.deleteVersion(subject, versionOf(version), permanent, askerOf(req, res))
    answerJson(res, 200, { subject, versions, permanent } satisfies Schemas['DeletedVersions'])
  }

  const resolvedIf = async (wanted: boolean | undefined, schema: StoredSchema): Promise<{ resolved?: JsonValue }> =>
    wanted ? { resolved: await schemas.resolved(schema) } : {}

  const may = (guard: RequestHandler) => ({ guards: [authenticated, guard] })
  const reading = may(requireScope(...readers))
  const writing = may(requireScope('schemas-write'))
  const somewhere = may(requireAction(...readers))
  return Router(strict)
    .get('/v1/schemas', on('listSubjects', somewhere, listSubjects))
    .get('/v1/schemas/:schemaId', on('getSchemaById', somewhere, getSchemaById))
    .get('/v1/schemas/:subject/versions', on('listSchemaVersions', reading, listSchemaVersions))
    .post(
      '/v1/schemas/:subject/versions',
      on('registerSchema', { ...reading, reads: jsonBodyReader(config) }, registerSchema),
    )
    .delete('/v1/schemas/:subject/versions', on('deleteSubject', writing, deleteSubject))
    .get('/v1/schemas/:subject/versions/:version', on('getSchemaVersion', reading, getSchemaVersion))
    .delete('/v1/schemas/:subject/versions/:version', on('deleteSchemaVersion', writing, deleteSchemaVersion))
}

function checkBody(subject: string, check: SchemaCheck): Schemas['SchemaCheck'] {
  const { faults, findings, changes, ...rest } = check
  return {
    subject,
    valid: faults.count === 0,
    ...rest,
    faults: faults.items,
    omittedFaults: faults.omitted,
    findings: findings.items,
    omittedFindings: findings.omitted,
    changes: changes.items,
    omittedChanges: changes.omitted,
  }
}

const isSet = (flag: boolean | undefined): boolean => flag === true

const versionOf = (text: string): number | 'latest' => (text === 'latest' ? text : Number(text))

/** Subjects of other names cannot stand in a path, and are not shown. */
function visibleTo(req: Request): (subject: string) => boolean {
  const { scopes } = principalOf(req)
  return (subject) => /^[A-Za-z0-9._-]+$/.test(subject) && readers.some((action) => mayDo(scopes, action, subject))
}

function storedSchema({ schema, references = [] }: Schemas['SchemaCandidate']): StoredSchema {
  return { schemaType: 'AVRO', schema: typeof schema === 'string' ? schema : JSON.stringify(schema), references }
}
