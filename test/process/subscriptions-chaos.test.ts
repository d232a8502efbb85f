import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Api } from '../support/api.ts'
import { runReceiver } from '../support/chaos-receiver.ts'
import { CuttingBalancer } from '../support/cutting-balancer.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { LeaseJudge } from '../support/lease-judge.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, range } from '../support/reading.ts'
import { TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

const events = Number(process.env.HEADGATE_CHAOS_EVENTS ?? 5_000)
const keys = Math.max(200, events / 50)
const receivers = 20
const partitions = 12
const limitMs = 60_000 + events * 10

suite('a subscription on three replicas behind a balancer that loses a tenth of the answers', () => {
  test('has every event acknowledged, and gives none again that was, while one replica is killed and one drained', async (t) => {
    const replicas = range(0, 3).map(() => new GatewayProcess(gatewayEnvironment()))
    for (const replica of replicas) t.after(() => replica[Symbol.asyncDispose]())
    const [first, killed, drained] = replicas as [GatewayProcess, GatewayProcess, GatewayProcess]
    const urls = await Promise.all(replicas.map((replica) => replica.listening()))
    const token = await issueToken(['publish', 'read', 'subscribe'])
    const api = new Api(urls[0] as string, token)
    for (const url of urls) await pollUntil(async () => (await new Api(url, token).get('/readyz')).status === 200)
    const topic = await numberTopic(t, { partitions })
    const balancer = await CuttingBalancer.start(urls, 0.1)
    t.after(() => balancer[Symbol.asyncDispose]())
    const settings = { topics: [topic], leaseSeconds: 10, orderedByKey: true, maxDeliveries: 1_000 }
    const subscription = await TestSubscription.create(api, settings)
    for (const from of range(0, Math.ceil(events / 1_000))) {
      const numbers = range(from * 1_000, Math.min(1_000, events - from * 1_000))
      const batch = numbers.map((n) => ({ value: { n }, key: `key-${n % keys}` }))
      const answer = await api.post(`/v1/topics/${topic}/events/batch`, { events: batch })
      assert.equal(answer.status, 201, answer.text)
    }

    const judge = new LeaseJudge()
    let isOver = false
    const startedAt = Date.now()
    const running = Promise.all(
      range(0, receivers).map(() =>
        runReceiver({ url: balancer.url + subscription.path, token, judge, forgets: 0.02, isOver: () => isOver }),
      ),
    )
    try {
      await pollUntil(() => judge.confirmed >= events / 3, limitMs)
      killed.signal('SIGKILL')
      await killed.exit
      balancer.remove(urls[1] as string)
      await pollUntil(() => judge.confirmed >= (events * 2) / 3, limitMs)
      drained.signal('SIGTERM')
      // A balancer notices by /readyz; until then some requests fail.
      await drained.exit
      balancer.remove(urls[2] as string)
      await pollUntil(() => judge.confirmed === events, limitMs)
      await pollUntil(async () => (await subscription.state()).lag.events === 0, 30_000)
    } finally {
      isOver = true
      await running
    }

    const { faults, ...verdict } = judge.verdict()
    t.diagnostic(
      `${JSON.stringify(verdict)}, ${balancer.cut} answers cut, ${((Date.now() - startedAt) / 1000).toFixed(0)} s`,
    )
    assert.deepEqual(faults.slice(0, 20), [])
    assert.equal(verdict.acknowledged, events)
    assert.equal((await drained.exit).code, 0)
    assert.doesNotMatch(first.stdout, /"level":"(error|fatal)"/)
  })
})
