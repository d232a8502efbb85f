import type { LoadedConfig } from '../config/load-config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { StateTopic } from '../kafka/state-topic.ts'
import type { Logger } from '../observability/logger.ts'
import { type QuotaMeter, Quotas } from '../quotas/quotas.ts'
import { goneAfterMs, Replicas } from '../replicas/replicas.ts'
import type { StateTopicSurroundings } from './credentials.ts'

const replicaTopic = {
  name: '_headgate.replicas',
  config: {
    'cleanup.policy': 'compact,delete',
    'retention.ms': String(3_600_000),
    'segment.ms': String(600_000),
    'message.timestamp.type': 'LogAppendTime',
  },
  lookBackMs: goneAfterMs,
}

interface QuotaParts {
  config: LoadedConfig['config']
  contracts: ContractSource
  state: StateTopicSurroundings
  meter: QuotaMeter
  log: Logger
}

/** Who may take how much. Only where somebody's quota is divided by them are replicas counted, and is there a topic for it. */
export function openQuotas(stack: AsyncDisposableStack, { config, contracts, state, meter, log }: QuotaParts) {
  const isUsed = Object.keys(config.quotas.classes).length > 0 || contracts.list().some(({ quota }) => quota)
  const counted = isUsed ? openReplicas(stack, state, log) : undefined
  const replicas = counted ?? { live: 1 }
  const quotaOfTopic = (topic: string) => contracts.get(topic).quota
  return {
    quotas: new Quotas({ ...config.quotas, quotaOfTopic, replicas, meter, log }),
    replicas,
    beginHeartbeats: () => counted?.begin(),
  }
}

function openReplicas(stack: AsyncDisposableStack, state: StateTopicSurroundings, log: Logger): Replicas {
  return stack.use(
    new Replicas({ openLog: (take) => stack.use(new StateTopic({ ...state, ...replicaTopic, take })), log }),
  )
}
