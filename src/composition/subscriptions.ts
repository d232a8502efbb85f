import type { LoadedConfig } from '../config/load-config.ts'
import type { ContractSource } from '../contracts/contract-source.ts'
import type { clientSettings } from '../kafka/client-settings.ts'
import { ConsumerGroups } from '../kafka/consumer-groups.ts'
import { GroupAdmin } from '../kafka/group-admin.ts'
import { GroupMember } from '../kafka/group-member.ts'
import type { KafkaLog } from '../kafka/kafka-log.ts'
import { provideTopic } from '../kafka/own-topic.ts'
import type { ReaderPool } from '../kafka/reader-pool.ts'
import { StateTopic } from '../kafka/state-topic.ts'
import type { TopicCatalog } from '../kafka/topic-catalog.ts'
import { Transaction } from '../kafka/transaction.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { PeerListener } from '../peers/peer-listener.ts'
import { PeerNames } from '../peers/peer-names.ts'
import { PeerSigner } from '../peers/peer-signer.ts'
import { Peers } from '../peers/peers.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { EventDecoder } from '../reading/event-decoder.ts'
import type { Positions } from '../reading/positions.ts'
import { DeadLetterHeaders } from '../subscriptions/dead-letter.ts'
import { DeadLetters } from '../subscriptions/dead-letters.ts'
import { LeaseTokens } from '../subscriptions/lease-token.ts'
import { LocalReplica } from '../subscriptions/local-replica.ts'
import { progressOf } from '../subscriptions/progress.ts'
import { Receiving } from '../subscriptions/receiving.ts'
import { RedrivenLetters } from '../subscriptions/redriving/redriven-letters.ts'
import { Redriving } from '../subscriptions/redriving/redriving.ts'
import { replicaRoutes } from '../subscriptions/remote-replica.ts'
import { ReplicasOf } from '../subscriptions/replicas-of.ts'
import { Seeking } from '../subscriptions/seeking.ts'
import { Settling } from '../subscriptions/settling.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import { SubscriptionAdministration } from '../subscriptions/subscription-administration.ts'
import type { JoinGroup } from '../subscriptions/subscription-owner.ts'
import { SubscriptionOwners } from '../subscriptions/subscription-owners.ts'
import { SubscriptionStore } from '../subscriptions/subscription-store.ts'
import type { StateTopicSurroundings } from './credentials.ts'

interface SubscriptionsParts {
  loaded: LoadedConfig
  log: Logger
  state: StateTopicSurroundings
  kafka: ReturnType<typeof clientSettings>
  kafkaLog: KafkaLog
  topics: TopicCatalog
  records: ReaderPool
  contracts: ContractSource
  decoder: EventDecoder
  cursors: CursorSigner
  positions: Positions
  audit: Audit
}

const stateTopic = { name: '_headgate.subscriptions', config: { 'cleanup.policy': 'compact' } }

const redrivenLetters = { name: '_headgate.redrives', config: { 'cleanup.policy': 'compact' } }

/** All that subscriptions are made of, the listener for other replicas among it. It goes with the stack. */
export async function openSubscriptions(stack: AsyncDisposableStack, parts: SubscriptionsParts) {
  const { loaded, log, state, kafka, kafkaLog, topics, records, audit, cursors, positions } = parts
  const { config, secrets } = loaded
  const signer = new PeerSigner(secrets.cursor)
  const peers = stack.use(new Peers({ signer, log }))
  const listener = stack.use(await PeerListener.listen({ settings: config.internal, signer, log }))
  const names = new PeerNames(secrets.cursor)
  const admin = stack.use(new GroupAdmin(kafka.admin, config.subscriptions.groupProtocol))
  const groups = new ConsumerGroups({ admin, topics, records })
  const clientId = names.nameOf(listener.self)
  const committedOf: ConsumerGroups['committedOf'] = (group, partitions) => groups.committedOf(group, partitions)
  const join: JoinGroup = (member) =>
    GroupMember.join({ ...member, properties: kafka.member, clientId, committedOf, kafkaLog, log })

  const own = { admin: state.admin, topics }
  const provideRedriven = (topic: string) =>
    provideTopic({ ...own, name: topic, config: {} }, async () => (await topics.offsets(topic, [0]))[0]?.last ?? 0)
  const letterHeaders = new DeadLetterHeaders(secrets.cursor)
  const tokens = new LeaseTokens(secrets.cursor)
  const store: SubscriptionStore = new SubscriptionStore({
    openLog: (take) => stack.use(new StateTopic({ ...state, ...stateTopic, take })),
    waitMs: config.subscriptions.waitMs,
    onChange: (name) => owners.check(name),
    log,
  })
  const owners = stack.use(
    new SubscriptionOwners({
      join,
      topics,
      tokens,
      contracts: parts.contracts,
      decoder: parts.decoder,
      deadLetters: new DeadLetters({ producer: state.producer, headers: letterHeaders, log }),
      settings: config.subscriptions,
      readBytes: config.limits.readBytes,
      current: (name) => store.current(name),
      log,
    }),
  )
  const local = new LocalReplica((name) => owners.find(name))
  listener.serve(replicaRoutes(local))
  const replicas = new ReplicasOf({ groups, topics, owners, local, peers, names, self: listener.self })
  return {
    administration: new SubscriptionAdministration({ store, owners, groups, positions, provideRedriven, audit, log }),
    receiving: new Receiving(replicas),
    settling: new Settling({ replicas, tokens, topics }),
    seeking: new Seeking({ replicas, positions, cursors, audit }),
    redriving: new Redriving({
      topics,
      records,
      headers: letterHeaders,
      redriven: new RedrivenLetters({ name: redrivenLetters.name, topics, records }),
      provideTopics: (redriven) =>
        Promise.all([provideRedriven(redriven), provideTopic({ ...own, ...redrivenLetters }, async () => {})]),
      openTransaction: (id) => Transaction.open({ properties: kafka.transaction, id, kafkaLog }),
      audit,
    }),
    progressOf: (subscription: Subscription) => progressOf({ groups, replicas }, subscription),
  }
}
