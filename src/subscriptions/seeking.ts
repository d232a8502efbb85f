import { GatewayError } from '../errors/gateway-error.ts'
import type { Audit, AuditedRequest } from '../observability/audit.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { Positions } from '../reading/positions.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import { atOwners } from './at-owners.ts'
import type { PartitionOffset } from './replica-calls.ts'
import type { ReplicasOf } from './replicas-of.ts'
import type { Subscription } from './subscription.ts'

export type SeekTarget = { to: string } | { cursor: string }

interface SeekingParts {
  replicas: ReplicasOf
  positions: Pick<Positions, 'begin' | 'resume' | 'gaps'>
  cursors: Pick<CursorSigner, 'verify'>
  audit: Audit
}

/** Moves a subscription: every partition, by whoever has it. */
export class Seeking {
  readonly #parts: SeekingParts

  constructor(parts: SeekingParts) {
    this.#parts = parts
  }

  /** Resolves when Kafka has the new position of every partition. */
  async seek(subscription: Subscription, target: SeekTarget, request: AuditedRequest): Promise<void> {
    const offsets = await this.#offsets(subscription, target)
    const details = { to: 'to' in target ? target.to : 'cursor' }
    const resource = { kind: 'subscription', name: subscription.name } as const
    const change = { event: 'subscription-moved', resource, details } as const
    await this.#parts.audit.change(request, change, () => this.#move(subscription, offsets))
  }

  async #move(subscription: Subscription, offsets: readonly PartitionOffset[]): Promise<void> {
    const results = await atOwners(this.#parts.replicas, subscription, offsets, (replica, positions) =>
      replica.seek({ subscription: subscription.name, positions }),
    )
    const missing = results.filter((result) => result === undefined).length
    if (missing === 0) return
    const detail = `Of ${results.length} partitions, ${missing} have no owner now and were not moved. Send the same again.`
    throw new GatewayError('subscription-unavailable', detail, { retryAfterSeconds: 1, mayBeDone: true })
  }

  async #offsets({ topics }: Subscription, target: SeekTarget): Promise<PartitionOffset[]> {
    const { positions, cursors } = this.#parts
    if ('to' in target) {
      const start = parseStartPosition(target.to)
      const found = await Promise.all(topics.map((topic) => positions.begin(topic, start)))
      return found.flatMap(({ topic, next }) => [...next].map(([partition, offset]) => ({ topic, partition, offset })))
    }
    const named = cursors.verify(target.cursor).topics.filter(({ topic }) => topics.includes(topic))
    if (named.length === 0) throw new GatewayError('invalid-cursor', 'The cursor has no topic of the subscription.')
    const current = await Promise.all(named.map((position) => positions.resume(position)))
    const gone = (await Promise.all(current.map((position) => positions.gaps(position)))).flat()
    if (gone.length > 0)
      throw new GatewayError('cursor-expired', 'Events at this position are gone.', { members: { gone } })
    return current.flatMap(({ topic, next }) => [...next].map(([partition, offset]) => ({ topic, partition, offset })))
  }
}
