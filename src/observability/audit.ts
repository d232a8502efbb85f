import type { ProblemCode, problems } from '../errors/problems.ts'

/** Who asked: nobody, where no credential was accepted that would say so. */
export interface AuditedCaller {
  kind: 'token' | 'api-key' | 'ticket' | 'nobody'
  /** As its issuer calls it; `key:` and the id of an API key. */
  id: string | null
  issuer?: string
  /** The id of the key that was shown, or that a ticket was taken with. */
  apiKey?: string
}

/** Which request it was. */
export interface AuditedRequest {
  who: AuditedCaller
  /** The caller's address; null once the connection is gone. */
  from: string | null
  requestId: string
  /** As openapi.yaml names it. */
  operation: string | null
}

export interface AuditedResource {
  kind: 'topic' | 'subject' | 'api-key' | 'subscription'
  name: string
}

type CodeOf<Status extends number> = {
  [Code in ProblemCode]: (typeof problems)[Code]['status'] extends Status ? Code : never
}[ProblemCode]

/** Of the problems, those that refuse access: all of 401, 403 and 429. */
export type RefusalCode = CodeOf<401 | 403 | 429>

export interface AuditedRefusal {
  code: RefusalCode
  resource: AuditedResource | null
  /** The scope that would have been enough. */
  needed?: string
}

/** Everything that changes what callers may do, or how events are judged. */
export type AuditedChange =
  | {
      event: 'api-key-created'
      resource: AuditedResource
      details: {
        owner: string
        scopes: readonly string[]
        addresses: readonly string[] | null
        quotaClass: string
        expiresAt: string | null
      }
    }
  | { event: 'api-key-rotated'; resource: AuditedResource; details: { overlapMs: number } }
  | { event: 'api-key-revoked'; resource: AuditedResource }
  | {
      event: 'subscription-created' | 'subscription-changed'
      resource: AuditedResource
      details: { topics: readonly string[]; deadLetterTopic: string | null }
    }
  | { event: 'subscription-deleted'; resource: AuditedResource }
  | { event: 'subscription-moved'; resource: AuditedResource; details: { to: string } }
  /** JSON Pointers of what is changed. */
  | {
      event: 'contract-changed' | 'contract-deleted'
      resource: AuditedResource
      details: { revision: number; changed: readonly string[] }
    }
  /** How many dead letters; known once it is done. */
  | { event: 'subscription-redriven'; resource: AuditedResource; details?: { redriven: number } }
  | { event: 'refusal-discarded'; resource: AuditedResource; details: { refusal: string } }
  /** Of one refusal, or of all that a filter fits: how many were replayed is known once it is done. */
  | {
      event: 'refusals-replayed'
      resource: AuditedResource
      details: { refusal: string | null; patched: boolean; replayed: number }
    }
  /** `schemaId` is known once it is done. */
  | { event: 'schema-registered'; resource: AuditedResource; details?: { schemaId: number } }
  /** The versions that were deleted; where it was not done, what was to be deleted. */
  | {
      event: 'schema-deleted'
      resource: AuditedResource
      details: { versions: readonly number[] | 'all' | 'latest'; permanent: boolean }
    }
  /** The resource `*` is the global level. */
  | { event: 'compatibility-set'; resource: AuditedResource; details: { level: string } }
  | { event: 'compatibility-unset'; resource: AuditedResource }

/** `unknown`: nobody has said whether it was done. */
export type ChangeOutcome = 'done' | 'failed' | 'unknown'

interface Counted {
  /** How often, from `time` to `until`. */
  count: number
  until: string
}

type Content =
  | (AuditedRequest & AuditedRefusal & Counted & { event: 'access-refused' })
  | (AuditedRequest & AuditedChange & { outcome: ChangeOutcome; code?: string })
  | (Counted & { event: 'refusals-not-listed'; codes: Readonly<Record<string, number>> })

/** A record of the audit topic, as docs/audit.md describes it. */
export type AuditRecord = Content & {
  version: 1
  /** The same in a record that was written twice. */
  id: string
  /** RFC 3339: when it was decided. */
  time: string
  replica: string
}

/** Where decisions are written down. */
export interface Audit {
  /** In passing: nothing waits for it, and it never throws. */
  refused(request: AuditedRequest, refusal: AuditedRefusal): void
  /**
   * Does what changes something. Settles as that does, when it is also written down or has been waited for long enough.
   * @param known the change as it is known once it is done
   */
  change<T>(
    request: AuditedRequest,
    change: AuditedChange,
    act: () => Promise<T>,
    known?: (result: T) => AuditedChange,
  ): Promise<T>
}

export const noAudit: Audit = {
  refused() {},
  change: (_request, _change, act) => act(),
}
