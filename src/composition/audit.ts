import type { LoadedConfig } from '../config/load-config.ts'
import { JournalTopic, type JournalTopicParts } from '../kafka/journal-topic.ts'
import { type Audit, noAudit } from '../observability/audit.ts'
import { AuditTrail } from '../observability/audit-trail.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'

interface AuditParts {
  loaded: LoadedConfig
  log: Logger
  state: Omit<JournalTopicParts, 'name' | 'config'>
  metrics: Metrics
  replica: string
}

const dayMs = 86_400_000

/** Where decisions are written down, and how many of them wait. It goes with the stack. */
export function openAudit(
  stack: AsyncDisposableStack,
  { loaded: { config }, log, state, metrics, replica }: AuditParts,
): { audit: Audit; waiting: () => number } {
  const { enabled, retentionDays, ...settings } = config.audit
  if (!enabled) return { audit: noAudit, waiting: () => 0 }
  const topic = new JournalTopic({
    ...state,
    name: '_headgate.audit',
    config: {
      'cleanup.policy': 'delete',
      'retention.ms': String(retentionDays * dayMs),
      'retention.bytes': '-1',
    },
  })
  const trail = stack.use(new AuditTrail({ log: topic, settings, replica, logger: log, meter: metrics }))
  return { audit: trail, waiting: () => trail.waiting }
}
