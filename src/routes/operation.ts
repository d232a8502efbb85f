import type { IncomingMessage } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import type { operations } from '../generated/openapi.ts'
import type { OperationId } from '../openapi/contract.ts'
import type { OperationValidator, ParameterValues } from '../openapi/validator.ts'
import { type JsonBody, type JsonBodyReader, readsNothing } from './json-body.ts'
import type { Admit } from './limited.ts'

type Parameters<Id extends OperationId> = operations[Id]['parameters']
type Part<Id extends OperationId, Place extends string> =
  Parameters<Id> extends { [P in Place]?: infer Values } ? NonNullable<Values> : Record<string, never>

/** A request that is as openapi.yaml has it. */
export interface OperationInput<Id extends OperationId> {
  params: Part<Id, 'path'>
  query: Part<Id, 'query'>
  headers: Part<Id, 'header'>
  /** Null for an operation without a body. */
  body: JsonBody | null
  req: Request
}

/** What an operation does: types by operation id, HTTP in, HTTP out. Whatever it throws becomes a problem. */
export type Operation<Id extends OperationId> = (input: OperationInput<Id>, res: Response) => Promise<void> | void

export interface OperationSteps {
  /** Who may: run before anything but the path is looked at. Absent for operations that openapi.yaml opens to all. */
  guards?: readonly RequestHandler[]
  reads?: JsonBodyReader
}

export type OperationRoute = <Id extends OperationId>(
  id: Id,
  steps: OperationSteps,
  operation: Operation<Id>,
) => RequestHandler[]

/**
 * The steps of every request, in order: the names in the path, who asks and whether they may, their quota, the other parameters,
 * the body, its shape, the operation.
 */
export function operationRoutes(
  validators: ReadonlyMap<OperationId, OperationValidator>,
  admit: Admit,
): OperationRoute {
  return (id, { guards = [], reads = readsNothing }, operation) => {
    const validator = validators.get(id)
    if (!validator) throw new Error(`openapi.yaml has no operation ${id}`)

    const checkPath: RequestHandler = (req, res, next) => {
      res.locals.operation = id
      res.locals.params = validator.path(req.params as Record<string, string>)
      next()
    }

    const run: RequestHandler = async (req, res) => {
      if (guards.length > 0) admit(req, res)
      const query = validator.query(searchOf(req))
      const headers = validator.headers(req.headers)
      const body = await reads(req)
      if (body) validator.body(body.value, body.mediaType, body.bytes)
      const params = res.locals.params as ParameterValues
      await operation({ params, query, headers, body, req } as never, res)
    }

    return [checkPath, ...guards, run]
  }
}

function searchOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start + 1)
}

/** JSON text in one piece, so that neither Express's ETag nor its settings are asked. */
export function answerJson(res: Response, status: number, body: unknown): void {
  answerText(res, status, 'application/json', JSON.stringify(body))
}

export function answerText(res: Response, status: number, type: string, text: string | Buffer): void {
  res.statusCode = status
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(text))
  res.end(text)
}
