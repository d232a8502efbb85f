import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ensureTopic } from '../../../local/kafka.ts'
import type { ApiAnswer } from '../../support/api.ts'
import { startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema, publishNumbers, range } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { numbersIn, type ReceivedEvent, TestSubscription } from '../../support/subscriptions.ts'

const waitSeconds = 2
const slackMs = 10_000
/** Longer than the group waits for its members. */
const awayMs = 9_000

/** Receives and acknowledges all the time, and notes what was not as it should be. */
class Receivers {
  readonly acknowledged = new Set<number>()
  readonly faults: string[] = []
  refused = 0
  slowestMs = 0
  #isOver = false
  readonly #running: Promise<unknown>[]
  readonly #gateway: TestGateway
  readonly #path: string

  constructor(gateway: TestGateway, { path }: TestSubscription, count: number) {
    this.#gateway = gateway
    this.#path = path
    this.#running = range(0, count).map(() => this.#run())
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const received = await this.#ask(`receive?max=5&wait=${waitSeconds}`)
      const events: ReceivedEvent[] = received.body.events ?? []
      for (const n of numbersIn(events))
        if (this.acknowledged.has(n)) this.faults.push(`${n} came after it was acknowledged`)
      if (events.length === 0) continue
      await this.#acknowledge(events)
    }
  }

  /** The same tokens again where it is not known whether it was done. */
  async #acknowledge(events: readonly ReceivedEvent[]): Promise<void> {
    for (let open = events; open.length > 0 && !this.#isOver; ) {
      const { body } = await this.#ask('acknowledge', { tokens: open.map(({ token }) => token) })
      const resultOf = (index: number): string => body.results?.[index]?.result ?? 'unavailable'
      const done = open.filter((_event, index) => ['acknowledged', 'done'].includes(resultOf(index)))
      for (const n of numbersIn(done)) this.acknowledged.add(n)
      open = open.filter((_event, index) => resultOf(index) === 'unavailable')
    }
  }

  async #ask(call: string, body?: unknown): Promise<ApiAnswer> {
    const startedAt = performance.now()
    const answer = await this.#gateway.api.post(`${this.#path}/${call}`, body)
    const ms = performance.now() - startedAt
    this.slowestMs = Math.max(this.slowestMs, ms)
    if (ms > waitSeconds * 1_000 + slackMs) this.faults.push(`${call} took ${ms.toFixed(0)} ms`)
    if (answer.status === 503) {
      this.refused++
      if (!answer.headers.get('retry-after') || !answer.body.retryable)
        this.faults.push(`503 without Retry-After: ${answer.text}`)
      await delay(200)
    } else if (![200, 207].includes(answer.status)) this.faults.push(`${call}: ${answer.text}`)
    return answer
  }
}

suite('Kafka that goes away under receivers of a subscription', () => {
  const topic = uniqueName('faults')
  let kafka: OwnPart<{ bootstrap: string }>
  let gateway: TestGateway
  let subscription: TestSubscription
  before(async () => {
    kafka = await startOwnKafka()
    await ensureTopic(kafka.bootstrap, { topic, partitions: 2 })
    await registerSchema(`${topic}-value`, numberSchema)
    gateway = await startGateway({ env: { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap } })
    subscription = await TestSubscription.create(gateway.api, { topics: [topic], leaseSeconds: 5 })
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const cases: [how: string, away: () => Promise<unknown>, back: () => Promise<unknown>][] = [
    ['paused', async () => kafka.part.pause(), async () => kafka.part.resume()],
    ['killed', () => kafka.part.kill(), () => kafka.part.restart()],
  ]
  for (const [index, [how, away, back]] of cases.entries()) {
    test(`${how}: every call is answered in time, and once it is back all events are given and none that was acknowledged`, async (t) => {
      const first = index * 10_000
      await publishNumbers(gateway.api, topic, first, 300)
      const receivers = new Receivers(gateway, subscription, 4)
      await pollUntil(() => receivers.acknowledged.size >= 50)

      await away()
      await delay(awayMs)
      const before = receivers.acknowledged.size
      await back()
      await pollUntil(async () => (await gateway.api.get('/readyz')).body.status === 'ready', 30_000)
      await publishNumbers(gateway.api, topic, first + 300, 100, { partition: 1 })
      await pollUntil(() => receivers.acknowledged.size === 400, 60_000).finally(() => receivers.stop())

      t.diagnostic(
        `${before} of 300 acknowledged before; ${receivers.refused} calls answered 503, the slowest after ${receivers.slowestMs.toFixed(0)} ms`,
      )
      assert.deepEqual(receivers.faults, [])
      assert.deepEqual(
        [...receivers.acknowledged].toSorted((a, b) => a - b),
        range(first, 400),
      )
      assert.ok(receivers.refused > 0)
    })
  }
})
