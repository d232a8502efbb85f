import type { LoadedConfig } from '../config/load-config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import { ConsumerGroups } from '../kafka/consumer-groups.ts'
import { GroupAdmin } from '../kafka/group-admin.ts'
import { GroupMember } from '../kafka/group-member.ts'
import { StateTopic } from '../kafka/state-topic.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import { SubscriptionMetrics } from '../observability/subscription-metrics.ts'
import { PeerListener } from '../peers/peer-listener.ts'
import { PeerNames } from '../peers/peer-names.ts'
import { PeerSigner } from '../peers/peer-signer.ts'
import { Peers } from '../peers/peers.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { EventDecoder } from '../reading/event-decoder.ts'
import type { Positions } from '../reading/positions.ts'
import { DeadLetters } from '../subscriptions/dead-letters.ts'
import { LeaseTokens } from '../subscriptions/lease-token.ts'
import { LocalReplica } from '../subscriptions/local-replica.ts'
import { progressOf } from '../subscriptions/progress.ts'
import { Receiving } from '../subscriptions/receiving.ts'
import { replicaRoutes } from '../subscriptions/remote-replica.ts'
import { ReplicasOf } from '../subscriptions/replicas-of.ts'
import { Seeking } from '../subscriptions/seeking.ts'
import { Settling } from '../subscriptions/settling.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { SubscriptionAdministration } from '../subscriptions/subscription-administration.ts'
import type { JoinGroup } from '../subscriptions/subscription-owner.ts'
import { SubscriptionOwners } from '../subscriptions/subscription-owners.ts'
import { SubscriptionStore } from '../subscriptions/subscription-store.ts'
import type { KafkaParts } from './kafka.ts'
import { openRedriving } from './redriving.ts'

interface SubscriptionsParts {
  loaded: LoadedConfig
  log: Logger
  kafka: KafkaParts
  contracts: ContractSource
  decoder: EventDecoder
  cursors: CursorSigner
  positions: Positions
  metrics: Metrics
  audit: Audit
}

const stateTopic = { name: '_headgate.subscriptions', config: { 'cleanup.policy': 'compact' } }

/** All that subscriptions are made of, the listener for other replicas among it. It goes with the stack. */
export async function openSubscriptions(stack: AsyncDisposableStack, parts: SubscriptionsParts) {
  const { loaded, log, audit, cursors, positions } = parts
  const { settings, kafkaLog, state, topics, records } = parts.kafka
  const { config, secrets } = loaded
  const meter = new SubscriptionMetrics(parts.metrics.registry)
  const signer = new PeerSigner(secrets.cursor)
  const peers = stack.use(new Peers({ signer, log, meter }))
  const listener = stack.use(await PeerListener.listen({ settings: config.internal, signer, log }))
  const names = new PeerNames(secrets.cursor)
  const admin = stack.use(new GroupAdmin(settings.admin, config.subscriptions.groupProtocol))
  const groups = new ConsumerGroups({ admin, topics, records })
  const clientId = names.nameOf(listener.self)
  const committedOf: ConsumerGroups['committedOf'] = (group, partitions) => groups.committedOf(group, partitions)
  const join: JoinGroup = (member) =>
    GroupMember.join({ ...member, properties: settings.member, clientId, committedOf, kafkaLog, log })

  const { headers, provideRedriven, redriving } = openRedriving({ ...parts, meter })
  const tokens = new LeaseTokens(secrets.cursor)
  const store: SubscriptionStore = new SubscriptionStore({
    openLog: (take) => stack.use(new StateTopic({ ...state, ...stateTopic, take })),
    waitMs: config.subscriptions.waitMs,
    onChange: (name) => {
      if (store.current(name)) owners.check(name)
      else void owners.leave(name).then(() => meter.forget(name))
    },
    log,
  })
  const owners = stack.use(
    new SubscriptionOwners({
      join,
      topics,
      tokens,
      contracts: parts.contracts,
      decoder: parts.decoder,
      deadLetters: new DeadLetters({ producer: state.producer, headers, log }),
      settings: config.subscriptions,
      readBytes: config.limits.readBytes,
      current: (name) => store.current(name),
      meter,
      log,
    }),
  )
  meter.observe(() => owners.readings())
  const local = new LocalReplica((name) => owners.find(name))
  listener.serve(replicaRoutes(local))
  const replicas = new ReplicasOf({ groups, topics, owners, local, peers, names, self: listener.self })
  const receiving = new Receiving(replicas)
  return {
    administration: new SubscriptionAdministration({ store, owners, groups, positions, provideRedriven, audit, log }),
    receiving,
    settling: new Settling({ replicas, tokens, topics }),
    seeking: new Seeking({ replicas, positions, cursors, audit }),
    redriving,
    /** Others are to have the partitions, and to answer those who wait. */
    stop() {
      owners.stop()
      receiving.stop()
    },
    progressOf: (subscription: Subscription) => progressOf({ groups, replicas }, subscription),
  }
}
