import type { LoadedConfig } from '../config/load-config.ts'
import type { LiveContracts } from '../contracts/live-contracts.ts'
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
  contracts: Pick<LiveContracts, 'get' | 'haveQuota' | 'follow'>
  state: StateTopicSurroundings
  meter: QuotaMeter
  log: Logger
}

/**
 * Who may take how much. Only where somebody's quota is divided by them are replicas counted, and is there a topic for it: from the
 * start where the configuration has one, else from the first contract that does.
 */
export function openQuotas(stack: AsyncDisposableStack, { config, contracts, state, meter, log }: QuotaParts) {
  const replicas = stack.use(
    new Replicas({ openLog: (take) => stack.use(new StateTopic({ ...state, ...replicaTopic, take })), log }),
  )
  const quotaOfTopic = (topic: string) => contracts.get(topic).quota
  let isCounted = false
  const countIf = (isDivided: boolean): void => {
    if (isCounted || !isDivided) return
    isCounted = true
    replicas.begin()
  }
  return {
    quotas: new Quotas({ ...config.quotas, quotaOfTopic, replicas, meter, log }),
    replicas,
    beginHeartbeats: () => {
      countIf(Object.keys(config.quotas.classes).length > 0 || contracts.haveQuota)
      contracts.follow(() => countIf(contracts.haveQuota))
    },
  }
}
