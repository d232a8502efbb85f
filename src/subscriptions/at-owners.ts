import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { GroupPartition } from '../kafka/group-commits.ts'
import type { SubscriptionReplica } from './replica-calls.ts'
import type { Owner, ReplicasOf } from './replicas-of.ts'
import type { Subscription } from './subscription.ts'

/** How long partitions may be without an owner. */
const limitMs = 8_000
const lookAgainMs = 200

/**
 * Asks for each item who has its partition; where it is not there any more, looks again who has it, until the limit. Undefined of
 * those for which nobody answered.
 */
export async function atOwners<Item extends GroupPartition, Result extends { result: string }>(
  replicas: ReplicasOf,
  subscription: Subscription,
  items: readonly Item[],
  ask: (replica: SubscriptionReplica, items: readonly Item[]) => Promise<Result[]>,
): Promise<(Result | undefined)[]> {
  const results: (Result | undefined)[] = items.map(() => undefined)
  const deadline = Date.now() + limitMs
  let open = items.map((item, place) => ({ item, place }))
  for (let isFirst = true; open.length > 0; isFirst = false) {
    await replicas.joinIfAlone(subscription)
    const owners = await replicas.members(subscription, !isFirst)
    const byOwner = Map.groupBy(open, ({ item }) => owners.find((owner) => has(owner, item)))
    const asked = [...byOwner].map(async ([owner, ofOwner]) => {
      if (!owner) return
      const answers = await askedOf(
        owner,
        ofOwner.map(({ item }) => item),
        ask,
      )
      for (const [index, { place }] of ofOwner.entries()) {
        const answer = answers?.[index]
        if (answer && answer.result !== 'not-here') results[place] = answer
      }
    })
    await Promise.all(asked)
    open = open.filter(({ place }) => results[place] === undefined)
    if (open.length > 0 && Date.now() >= deadline) break
    if (open.length > 0) await delay(lookAgainMs)
  }
  return results
}

/** A replica that cannot be called may be one that is just gone. */
async function askedOf<Item, Result>(
  { replica }: Owner,
  items: readonly Item[],
  ask: (replica: SubscriptionReplica, items: readonly Item[]) => Promise<Result[]>,
): Promise<Result[] | undefined> {
  try {
    return await ask(replica, items)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'replica-unavailable') return undefined
    throw error
  }
}

const has = ({ partitions }: Owner, { topic, partition }: GroupPartition): boolean =>
  partitions.some((each) => each.topic === topic && each.partition === partition)
