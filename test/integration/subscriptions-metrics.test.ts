import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Api } from '../support/api.ts'
import { gatewayFor } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { TestSubscription } from '../support/subscriptions.ts'

/** What the metrics say of the subscription, by metric or result. */
async function readings(api: Api, name: string): Promise<Record<string, number>> {
  const { text } = await api.get('/metrics')
  const found = text.matchAll(/^headgate_subscription_(\w+)\{subscription="([^"]+)"(?:,result="([^"]+)")?\} (\d+)$/gm)
  return Object.fromEntries(
    [...found].flatMap(([, metric = '', of, result, value]) =>
      of === name ? [[result ?? metric, Number(value)]] : [],
    ),
  )
}

suite('metrics of subscriptions', () => {
  test('count what became of events, and say what is leased and held', async (t) => {
    const gateway = await gatewayFor(t)
    const topic = await numberTopic(t)
    const dead = await createTopic(t)
    await publishNumbers(gateway.api, topic, 0, 10)
    const settings = { topics: [topic], deadLetterTopic: dead, leaseSeconds: 5 }
    const subscription = await TestSubscription.create(gateway.api, settings)

    const events = await subscription.receiveAll(10)
    await subscription.settle('acknowledge', events.slice(0, 4))
    await subscription.settle('release', events.slice(4, 6), { delaySeconds: 60 })
    await subscription.settle('reject', events.slice(6, 7))
    const {
      bytes_held: held = 0,
      rebalances_total: rebalances = 0,
      ...then
    } = await readings(gateway.api, subscription.name)

    assert.deepEqual(then, {
      received: 10,
      acknowledged: 4,
      released: 2,
      rejected: 1,
      'dead-lettered': 1,
      partitions: 2,
      events_leased: 3,
    })
    assert.ok(held > 0 && rebalances >= 1)
    await pollUntil(async () => (await readings(gateway.api, subscription.name)).expired === 3, 15_000)
    await gateway.api.post(`${subscription.path}/redrive`, {})
    const { redriven, events_leased: leased } = await readings(gateway.api, subscription.name)
    assert.deepEqual({ redriven, leased }, { redriven: 1, leased: 0 })

    await gateway.api.call(subscription.path, { method: 'DELETE' })
    await pollUntil(async () => Object.keys(await readings(gateway.api, subscription.name)).length === 0)
  })

  test('count the calls that were passed on to another replica, and time them', async (t) => {
    const [one, two] = [await gatewayFor(t), await gatewayFor(t)]
    const topic = await numberTopic(t)
    await publishNumbers(one.api, topic, 0, 3)
    const first = await TestSubscription.create(one.api, { topics: [topic] })
    const second = first.by(two.api)

    const events = await first.receiveAll(3)
    assert.deepEqual(new Set(await second.settle('acknowledge', events)), new Set(['acknowledged']))

    const { text } = await two.api.get('/metrics')
    assert.match(text, /^headgate_peer_calls_total\{call="\/subscriptions\/settle",result="answered"\} [1-9]/m)
    assert.match(text, /^headgate_peer_call_duration_seconds_count\{call="\/subscriptions\/settle"\} [1-9]/m)
    assert.match(text, /^headgate_subscriptions_joined 0$/m)
    assert.match((await one.api.get('/metrics')).text, /^headgate_subscriptions_joined 1$/m)
  })
})
