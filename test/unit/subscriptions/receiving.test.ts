import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { type ReceiveWish, Receiving } from '../../../src/subscriptions/receiving.ts'
import type { ReceiveCall, Received, SubscriptionReplica } from '../../../src/subscriptions/replica-calls.ts'
import type { Owner, ReplicasOf } from '../../../src/subscriptions/replicas-of.ts'
import type { Subscription } from '../../../src/subscriptions/subscription.ts'

const subscription = { name: 's', topics: ['t'] } as unknown as Subscription
const wish: ReceiveWish = { max: 2, waitMs: 0, receiveKey: null, unmasked: [], longs: 'number' }
const nobodyGone = new AbortController().signal
const givenOf = (...tokens: string[]): Received => ({
  events: tokens.map((token) => ({ token }) as Received['events'][number]),
  partitions: 1,
})

interface FakeReplica {
  owner: Owner
  calls: ReceiveCall[]
  cancelled: string[]
  withdrawn: string[]
}

/** One that answers what is given in turn, the last again and again; where that is empty, as soon as it is cancelled. */
function replica(...answers: (Received | GatewayError)[]): FakeReplica {
  const fake: FakeReplica = { calls: [], cancelled: [], withdrawn: [], owner: undefined as unknown as Owner }
  const waiting = new Map<string, () => void>()
  const calls: Partial<SubscriptionReplica> = {
    async receive(call) {
      fake.calls.push(call)
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Received | GatewayError
      if (answer instanceof GatewayError) throw answer
      if (answer.events.length === 0 && call.waitMs > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, call.waitMs)
          waiting.set(call.id, () => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
      return answer
    },
    async cancel({ id }) {
      fake.cancelled.push(id)
      waiting.get(id)?.()
    },
    async withdraw({ tokens }) {
      fake.withdrawn.push(...tokens)
    },
  }
  fake.owner = { replica: calls as SubscriptionReplica, peer: { address: '', instance: '' }, partitions: [] }
  return fake
}

const receivingAt = (...replicas: FakeReplica[]): Receiving =>
  new Receiving({
    joinForReceiving: async () => {},
    members: async () => replicas.map(({ owner }) => owner),
  } as unknown as ReplicasOf)

const tokensOf = ({ events }: Omit<Received, 'partitions'>): string[] => events.map(({ token }) => token)
const gone = new GatewayError('replica-unavailable', 'It is gone.')

suite('receiving', () => {
  test('takes what is here before it asks anybody else', async () => {
    const [own, other] = [replica(givenOf('a')), replica(givenOf('b'))]

    assert.deepEqual(tokensOf(await receivingAt(own, other).receive(subscription, wish, nobodyGone)), ['a'])
    assert.deepEqual(other.calls, [])
  })

  test('gives what somebody else leased beyond what was wished for back, uncounted', async () => {
    const [own, one, two] = [replica(givenOf()), replica(givenOf('a', 'b')), replica(givenOf('c', 'd'))]

    const received = await receivingAt(own, one, two).receive(subscription, wish, nobodyGone)

    assert.deepEqual(tokensOf(received), ['a', 'b'])
    assert.deepEqual([one.withdrawn, two.withdrawn], [[], ['c', 'd']])
  })

  test('waits for all, and tells those who wait still, and nobody else, once one has something', async () => {
    const [own, other] = [replica(givenOf()), replica(givenOf(), givenOf('a'))]

    const received = await receivingAt(own, other).receive(subscription, { ...wish, waitMs: 60_000 }, nobodyGone)

    assert.deepEqual(tokensOf(received), ['a'])
    assert.deepEqual(own.cancelled, [own.calls.at(-1)?.id])
    assert.deepEqual(other.cancelled, [])
  })

  test('goes on with the others where one is gone', async () => {
    const [own, dead, other] = [replica(givenOf()), replica(gone), replica(givenOf('a'))]

    assert.deepEqual(tokensOf(await receivingAt(own, dead, other).receive(subscription, wish, nobodyGone)), ['a'])
  })

  test('waits for another owner where the only one is gone, and takes what that one has', async () => {
    const moved = replica(gone, givenOf('a'))

    assert.deepEqual(tokensOf(await receivingAt(moved).receive(subscription, wish, nobodyGone)), ['a'])
  })

  test('says that a replica cannot be called where nothing else comes', async () => {
    const receiving = receivingAt(replica(gone))

    await assert.rejects(receiving.receive(subscription, wish, nobodyGone), { code: 'replica-unavailable' })
  })

  test('is answered at once, without events, when this replica stops; and does not wait from then on', async () => {
    const receiving = receivingAt(replica(givenOf()), replica(givenOf()))
    const waiting = receiving.receive(subscription, { ...wish, waitMs: 60_000 }, nobodyGone)
    await new Promise((resolve) => setImmediate(resolve))

    receiving.stop()

    assert.deepEqual(await waiting, { events: [] })
    assert.deepEqual(await receiving.receive(subscription, { ...wish, waitMs: 60_000 }, nobodyGone), { events: [] })
  })

  test('asks all what they have leased under the key, before anything new is leased', async () => {
    const [own, other] = [replica(givenOf()), replica(givenOf('a'))]

    const received = await receivingAt(own, other).receive(subscription, { ...wish, receiveKey: 'k' }, nobodyGone)

    assert.deepEqual(tokensOf(received), ['a'])
    assert.deepEqual(
      [own, other].map(({ calls }) => calls.map(({ onlyRepeated }) => onlyRepeated)),
      [[true], [true]],
    )
  })
})
