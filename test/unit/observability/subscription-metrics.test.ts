import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Registry } from 'prom-client'
import { SubscriptionMetrics } from '../../../src/observability/subscription-metrics.ts'

const seriesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`))

suite('metrics of subscriptions', () => {
  test('have series for the first 100 names, and one for all others', async () => {
    const registry = new Registry()
    const metrics = new SubscriptionMetrics(registry)
    const names = Array.from({ length: 150 }, (_, index) => `s${index}`)
    metrics.observe(() => names.map((name) => ({ name, partitions: 2, leased: 1, heldBytes: 10 })))

    for (const name of names) metrics.count(name, 'received', 3)
    const text = await registry.metrics()

    const events = seriesOf(text, 'headgate_subscription_events_total')
    assert.equal(events.length, 101)
    assert.ok(events.includes('headgate_subscription_events_total{subscription="other",result="received"} 150'))
    const partitions = seriesOf(text, 'headgate_subscription_partitions')
    assert.equal(partitions.length, 101)
    assert.ok(partitions.includes('headgate_subscription_partitions{subscription="other"} 100'))
  })

  test('forget a subscription that is gone, and have room for another one', async () => {
    const registry = new Registry()
    const metrics = new SubscriptionMetrics(registry)
    for (let index = 0; index < 100; index++) metrics.count(`s${index}`, 'received', 1)

    metrics.rebalanced('s7')
    metrics.forget('s7')
    metrics.forget('unknown')
    metrics.count('s100', 'expired', 1)
    const text = await registry.metrics()

    assert.doesNotMatch(text, /"s7"/)
    assert.match(text, /subscription="s100",result="expired"} 1/)
  })
})
