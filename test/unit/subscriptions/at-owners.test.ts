import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { atOwners } from '../../../src/subscriptions/at-owners.ts'
import type { SubscriptionReplica } from '../../../src/subscriptions/replica-calls.ts'
import type { Owner, ReplicasOf } from '../../../src/subscriptions/replicas-of.ts'
import type { Subscription } from '../../../src/subscriptions/subscription.ts'

const subscription = { name: 's' } as unknown as Subscription
const item = (partition: number) => ({ topic: 't', partition })

/** An owner whose replica is known by its name. */
const ownerOf = (name: string, ...partitions: number[]): Owner => ({
  replica: { name } as unknown as SubscriptionReplica,
  peer: { address: '', instance: name },
  partitions: partitions.map(item),
})

/** Each look finds the next of the states; the last stays. */
function replicasOf(...states: Owner[][]): ReplicasOf & { fresh: boolean[] } {
  const fresh: boolean[] = []
  const members = async (_subscription: Subscription, isFresh: boolean) => {
    fresh.push(isFresh)
    return (states.length > 1 ? states.shift() : states[0]) as Owner[]
  }
  return { members, joinIfAlone: async () => {}, fresh } as unknown as ReplicasOf & { fresh: boolean[] }
}

const nameOf = (replica: SubscriptionReplica): string => (replica as unknown as { name: string }).name

suite('asking the owners', () => {
  test('asks each for what it has, once, and keeps the order of the items', async () => {
    const asked: [string, number[]][] = []
    const replicas = replicasOf([ownerOf('one', 0, 2), ownerOf('two', 1)])

    const results = await atOwners(replicas, subscription, [item(2), item(1), item(0)], async (replica, items) => {
      asked.push([nameOf(replica), items.map(({ partition }) => partition)])
      return items.map(({ partition }) => ({ result: `${nameOf(replica)} ${partition}` }))
    })

    assert.deepEqual(results, [{ result: 'one 2' }, { result: 'two 1' }, { result: 'one 0' }])
    assert.deepEqual(asked, [
      ['one', [2, 0]],
      ['two', [1]],
    ])
  })

  test('looks anew for who has what is not there any more, or whose replica is gone, and asks nobody else again', async () => {
    const replicas = replicasOf(
      [ownerOf('left', 0), ownerOf('dead', 1), ownerOf('stays', 2)],
      [ownerOf('stays', 0, 1, 2)],
    )
    let asks = 0

    const results = await atOwners(replicas, subscription, [item(0), item(1), item(2)], async (replica, items) => {
      asks += items.length
      if (nameOf(replica) === 'dead') throw new GatewayError('replica-unavailable', 'It is gone.')
      return items.map(() => ({ result: nameOf(replica) === 'left' ? 'not-here' : 'acknowledged' }))
    })

    assert.deepEqual(new Set(results.map((each) => each?.result)), new Set(['acknowledged']))
    assert.equal(asks, 5)
    assert.deepEqual(replicas.fresh, [false, true])
  })

  test('fails where one of them says why', async () => {
    const failing = atOwners(replicasOf([ownerOf('one', 0)]), subscription, [item(0)], async () => {
      throw new GatewayError('kafka-unavailable', 'Kafka is away.')
    })

    await assert.rejects(failing, { code: 'kafka-unavailable' })
  })
})
