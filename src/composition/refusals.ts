import type { LoadedConfig } from '../config/load-config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { refusalTopicOf } from '../contracts/refusals.ts'
import { RecordLog } from '../kafka/record-log.ts'
import { TransactionalProducer } from '../kafka/transactional-producer.ts'
import { Turns } from '../kafka/turns.ts'
import type { Audit } from '../observability/audit.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { TargetOf } from '../publishing/publish-target.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import { RefusalAdministration } from '../refusals/refusal-administration.ts'
import { RefusalCursors } from '../refusals/refusal-cursors.ts'
import { RefusalLogs } from '../refusals/refusal-logs.ts'
import { mostBesides } from '../refusals/refusal-record.ts'
import { ReplayRun } from '../refusals/replay-run.ts'
import { ByteSink } from '../schemas/byte-sink.ts'
import type { KafkaParts } from './kafka.ts'

interface RefusalsParts {
  loaded: LoadedConfig
  kafka: KafkaParts
  contracts: ContractSource
  targetOf: TargetOf
  cursors: CursorSigner
  audit: Audit
  metrics: Metrics
}

const dayMs = 86_400_000
const mostWaiting = 100

/** What keeps refused events, and replays them. */
export function openRefusals({ loaded, kafka, contracts, targetOf, cursors, audit, metrics }: RefusalsParts) {
  const { config } = loaded
  const { limits } = config
  const { settings, kafkaLog, state, topics, records } = kafka
  const mostBytes = limits.eventBytes + limits.keyBytes + 2 * limits.headersBytes + mostBesides
  const configOf = (days: number) => ({
    'cleanup.policy': 'delete',
    'retention.ms': String(days * dayMs),
    'retention.bytes': '-1',
    'max.message.bytes': String(mostBytes),
    // Its times are in the order of its records, whatever the clocks of replicas say.
    'message.timestamp.type': 'LogAppendTime',
  })
  const openLog = (topic: string, days: number) =>
    new RecordLog({ ...state, name: refusalTopicOf(topic), config: configOf(days), topics, records })
  const logs = new RefusalLogs({ openLog, contractOf: (topic) => contracts.get(topic), meter: metrics })
  const begin = (topic: string, deadline: number) =>
    TransactionalProducer.begin({
      properties: settings.transaction,
      id: `headgate.refusals.${topic}`,
      kafkaLog,
      deadline,
    })
  metrics.nameCallers(Object.keys(config.quotas.principals))
  return {
    keep: logs.keep,
    administration: new RefusalAdministration({
      logs,
      runs: new ReplayRun({ targetOf, logNameOf: refusalTopicOf, sink: new ByteSink(), limits }),
      logNameOf: refusalTopicOf,
      begin,
      turns: new Turns(1, mostWaiting),
      audit,
      meter: metrics,
    }),
    cursors: new RefusalCursors(cursors, refusalTopicOf),
  }
}
