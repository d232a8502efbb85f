import type { Request, Response } from 'express'
import { principalOf } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import type { AuditedRequest } from '../observability/audit.ts'
import { auditedRequest } from './audited-request.ts'

/** Who changes something, by which request. */
export function askerOf(req: Request, res: Response): { principal: Principal; request: AuditedRequest } {
  return { principal: principalOf(req), request: auditedRequest(req, res) }
}
