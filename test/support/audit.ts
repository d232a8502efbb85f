import type { AuditRecord } from '../../src/observability/audit.ts'
import { storedMessages } from './stored-values.ts'

export const auditTopic = '_headgate.audit'

/** So that tests need not wait for what a refusal is counted with. */
export const promptAudit = { HEADGATE_AUDIT_WINDOW_MS: '20' }

/** All that the audit topic holds, as any Kafka client reads it. */
export async function auditRecords(bootstrap?: string): Promise<AuditRecord[]> {
  const stored = (await storedMessages([auditTopic], bootstrap)).get(auditTopic) ?? []
  return stored.map(({ value }) => JSON.parse(String(value)) as AuditRecord)
}
