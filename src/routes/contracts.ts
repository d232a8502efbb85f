import { type Request, type Response, Router } from 'express'
import { principalOf, requireAction, requireScope } from '../auth/guard.ts'
import { mayDo } from '../auth/scope.ts'
import type { Condition, ContractState } from '../contracts/contract-administration.ts'
import type { ContractRevision } from '../contracts/contract-revision.ts'
import type { components } from '../generated/openapi.ts'
import type { JsonObject, JsonValue } from '../json/json-value.ts'
import { formatTime } from '../json/time.ts'
import { auditedRequest } from './audited-request.ts'
import { mediaTypeOf } from './content-headers.ts'
import { type JsonBody, type JsonBodyReader, typedBodyReader } from './json-body.ts'
import { answerJson, type Operation, type OperationInput } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

type Schemas = components['schemas']

const actions = ['read', 'publish', 'contracts-write'] as const

/** What holds for each topic: read, changed, and what it was before. */
export function contractsRouter(context: RouteContext): Router {
  const { on, authenticated, contractAdministration: administration, topicExists, config } = context

  const answerState = async (res: Response, status: number, state: ContractState) => {
    const body = stateBody(state, await topicExists(state.topic))
    res.setHeader('etag', `"${state.revision}"`)
    answerJson(res, status, body)
  }

  const listContracts: Operation<'listContracts'> = async ({ req }, res) => {
    const { scopes } = principalOf(req)
    const found = await administration.list((topic) => actions.some((action) => mayDo(scopes, action, topic)))
    answerJson(res, 200, { contracts: found.map(summaryBody) })
  }

  const getContract: Operation<'getContract'> = async ({ params }, res) =>
    answerState(res, 200, await administration.get(params.topic))

  const listContractRevisions: Operation<'listContractRevisions'> = async ({ params: { topic } }, res) => {
    answerJson(res, 200, { topic, revisions: (await administration.history(topic)).map(revisionBody) })
  }

  const getContractRevision: Operation<'getContractRevision'> = async ({ params: { topic, revision } }, res) => {
    answerJson(res, 200, revisionBody(await administration.revision(topic, revision)))
  }

  const putContract: Operation<'putContract'> = async ({ params: { topic }, headers, body, req }, res) => {
    const before = await administration.get(topic)
    const condition = conditionOf(headers)
    const written = plain(body) as JsonObject
    const state = await administration.put(topic, written, condition, askerOf(req, res))
    await answerState(res, before.source === 'default' ? 201 : 200, state)
  }

  const patchContract: Operation<'patchContract'> = async ({ params: { topic }, headers, body, req }, res) => {
    const before = await administration.get(topic)
    const state = await administration.patch(topic, plain(body), conditionOf(headers), askerOf(req, res))
    await answerState(res, before.source === 'default' ? 201 : 200, state)
  }

  const deleteContract: Operation<'deleteContract'> = async ({ params: { topic }, headers, query, req }, res) => {
    const isOrphan = query.orphaned === true
    const state = await administration.delete(topic, conditionOf(headers), isOrphan, askerOf(req, res))
    await answerState(res, 200, state)
  }

  const readsAs = (type: string): JsonBodyReader => {
    const { limits, http, contracts } = config
    const limit = { name: 'contracts.maxBytes', bytes: contracts.maxBytes, code: 'body-too-large' } as const
    const read = typedBodyReader({ ...limits, limit, timeoutMs: http.bodyTimeoutMs })
    return async (req) => read(req, mediaTypeOf(req.headers['content-type'], [type]))
  }
  const may = (guard: ReturnType<typeof requireScope>) => ({ guards: [authenticated, guard] })
  const reading = may(requireScope(...actions))
  const writing = may(requireScope('contracts-write'))
  const path = '/v1/contracts/:topic'
  return Router(strict)
    .get('/v1/contracts', on('listContracts', may(requireAction(...actions)), listContracts))
    .get(path, on('getContract', reading, getContract))
    .put(path, on('putContract', { ...writing, reads: readsAs('application/json') }, putContract))
    .patch(path, on('patchContract', { ...writing, reads: readsAs('application/merge-patch+json') }, patchContract))
    .delete(path, on('deleteContract', writing, deleteContract))
    .get(`${path}/history`, on('listContractRevisions', reading, listContractRevisions))
    .get(`${path}/history/:revision`, on('getContractRevision', reading, getContractRevision))
}

const askerOf = (req: Request, res: Response) => ({ by: principalOf(req).id, request: auditedRequest(req, res) })

/** Numbers that no double holds are wrong in a contract anyway. */
const plain = (body: JsonBody | null): JsonValue => JSON.parse(JSON.stringify((body as JsonBody).value)) as JsonValue

type Conditions = Partial<OperationInput<'putContract'>['headers']>

// RFC 9110 §13.2.2: both must hold, and these two never do.
function conditionOf({ 'If-Match': match, 'If-None-Match': noneMatch }: Conditions): Condition {
  if (match === undefined) return noneMatch === undefined ? undefined : 'none'
  if (noneMatch !== undefined) return []
  return match === '*' ? 'any' : [...match.matchAll(/[0-9]+/g)].map(([revision]) => Number(revision))
}

function stateBody(state: ContractState, topicExists: boolean): Schemas['ContractState'] {
  const { topic, contract, drift } = state
  return {
    topic,
    contract: contract as unknown as Schemas['Contract'],
    ...originOf(state),
    topicExists,
    drift: drift.map((each) => ({ ...each })),
  }
}

function summaryBody(state: ContractState): Schemas['ContractSummary'] {
  const { topic, contract, drift } = state
  const owner = typeof contract.owner === 'string' ? contract.owner : null
  return { topic, owner, ...originOf(state), drifts: drift.length > 0 }
}

function originOf({ source, file, revision, updatedAt, updatedBy }: ContractState) {
  return { source, file, revision, updatedAt: updatedAt === null ? null : formatTime(updatedAt), updatedBy }
}

function revisionBody({ revision, at, by, file, changed, contract }: ContractRevision): Schemas['ContractRevision'] {
  const source = contract === null ? 'default' : file === null ? 'topic' : 'file'
  return {
    revision,
    at: formatTime(at),
    by,
    source,
    file,
    changed: [...changed],
    contract: contract as Schemas['ContractRevision']['contract'],
  }
}
