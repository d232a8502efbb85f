import type { ErrorRequestHandler, Request, Response } from 'express'
import { AccessRefused } from '../auth/access-refused.ts'
import { knownPrincipal } from '../auth/guard.ts'
import type { Identity } from '../auth/principal.ts'
import { hasTicket } from '../auth/ticket-guard.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { problemOf } from '../errors/problems.ts'
import { shortened } from '../errors/shortened.ts'
import { clientAddress } from '../network/client-address.ts'
import type {
  Audit,
  AuditedCaller,
  AuditedRefusal,
  AuditedRequest,
  AuditedResource,
  RefusalCode,
} from '../observability/audit.ts'

const refusing: ReadonlySet<number> = new Set([401, 403, 429])
const mostOfId = 256

/** What the audit says of a request. */
export function auditedRequest(req: Request, res: Response): AuditedRequest {
  return requestOf(req, res, knownPrincipal(req))
}

/** Has the audit take down what is refused. Stands before whatever answers problems. */
export function auditRefusals(audit: Audit): ErrorRequestHandler {
  return (error, req, res, next) => {
    auditRefusal(audit, error, req, res)
    next(error)
  }
}

/** For an error that does not end the request: of one message of many. */
export function auditRefusal(audit: Audit, error: unknown, req: Request, res: Response): void {
  if (!(error instanceof GatewayError) || !isRefusal(error.code)) return
  const { holder, topic, needed } = error instanceof AccessRefused ? error.about : {}
  const refusal: AuditedRefusal = { code: error.code, resource: resourceOf(res, topic), ...(needed && { needed }) }
  audit.refused(requestOf(req, res, knownPrincipal(req) ?? holder), refusal)
}

const isRefusal = (code: GatewayError['code']): code is RefusalCode => refusing.has(problemOf(code).status)

function requestOf(req: Request, res: Response, holder: Identity | undefined): AuditedRequest {
  const { requestId, operation = null } = res.locals
  return { who: callerOf(holder, hasTicket(req)), from: clientAddress(req) ?? null, requestId, operation }
}

function callerOf(holder: Identity | undefined, isTicket: boolean): AuditedCaller {
  if (!holder) return { kind: 'nobody', id: null }
  const id = shortened(holder.id, mostOfId)
  if ('apiKey' in holder) return { kind: isTicket ? 'ticket' : 'api-key', id, apiKey: holder.apiKey }
  return { kind: isTicket ? 'ticket' : 'token', id, issuer: holder.issuer }
}

function resourceOf({ locals }: Response, named: string | undefined): AuditedResource | null {
  const params: { topic?: string; subject?: string; id?: string; name?: string } = locals.params ?? {}
  if (params.subject !== undefined) return { kind: 'subject', name: named ?? params.subject }
  if (params.name !== undefined && named === undefined) return { kind: 'subscription', name: params.name }
  const name = named ?? params.topic
  if (name !== undefined) return { kind: 'topic', name }
  return params.id === undefined ? null : { kind: 'api-key', name: params.id }
}
