import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { storedNumbers } from '../../support/stored-numbers.ts'
import { takeTicket } from '../../support/tickets.ts'

const redeemMs = 2_000
const slackMs = 1_500

/** One story in order: each test leaves Kafka as the next one needs it. */
suite('tickets while Kafka is away', () => {
  const topic = uniqueName('ticket-faults')
  let kafka: OwnPart<{ bootstrap: string }>
  let gateways: TestGateway[]
  let accepted = 0

  before(async () => {
    kafka = await startOwnKafka()
    await ensureTopic(kafka.bootstrap, { topic, partitions: 1 })
    await registerSchema(`${topic}-value`, numberSchema)
    const env = {
      HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
      HEADGATE_TICKETS_LIFETIME_MS: '120000',
      HEADGATE_TICKETS_REDEEM_MS: String(redeemMs),
    }
    gateways = await Promise.all([startGateway({ env }), startGateway({ env })])
  })
  after(async () => {
    for (const gateway of gateways ?? []) await gateway[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  const at = (index: number) => gateways[index % 2] as TestGateway
  const publish = async (index: number, ticket: string) => {
    const began = performance.now()
    const path = `/v1/topics/${topic}/events?ticket=${ticket}`
    const { status, body, headers } = await at(index).api.post(path, { n: index }, { token: null })
    if (status === 201) accepted++
    return { status, code: body.code, detail: body.detail, headers, ms: performance.now() - began }
  }
  const take = () => takeTicket(at(0), { topics: [topic] })

  test('killed before the first of them: they are given, and 503 when shown, and then good once', async () => {
    // The gateways know the topic and its schema: nothing but the ticket needs Kafka.
    for (const { api } of gateways) assert.equal((await api.post(`/v1/topics/${topic}/events`, { n: 0 })).status, 201)
    accepted += 2
    await kafka.part.kill()

    const ticket = await take()
    const away = [await publish(0, ticket), await publish(1, ticket)]
    await kafka.part.restart()
    // It is for other tickets to find out when Kafka is back: of one that is shown too early nobody may know whether it is used up.
    await pollUntil(async () => (await publish(0, await take())).status === 201)
    const { status, detail } = await publish(0, ticket)

    for (const { status, code, headers, ms } of away) {
      assert.deepEqual([status, code], [503, 'kafka-unavailable'])
      assert.ok(headers.get('retry-after'))
      assert.ok(ms < redeemMs + slackMs, `${ms} ms`)
    }
    assert.equal(status, 201, detail)
    assert.equal((await publish(0, ticket)).status, 401)
    await pollUntil(async () => (await publish(1, ticket)).status === 401)
    await assertStored()
  })

  test('paused: 503 in time for all of fifty, nothing is written, and the next ticket is good', async () => {
    const ticket = await take()
    kafka.part.pause()

    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => publish(index, ticket)))
    kafka.part.resume()

    for (const { status, code, ms } of answers) {
      assert.deepEqual([status, code], [503, 'kafka-unavailable'])
      assert.ok(ms < redeemMs + slackMs, `${ms} ms`)
    }
    await assertStored()
    const next = await take()
    const outcomes = new Set<number>()
    await pollUntil(async () => {
      for (const index of [0, 1]) outcomes.add((await publish(index, next)).status)
      return outcomes.has(201) && outcomes.has(401)
    })
    await assertStored()
  })

  test('killed and back while tickets are shown, each four times at two replicas: none is good twice', async (t) => {
    const ends = new Map<number, number>()
    let isOver = false
    const showing = async () => {
      while (!isOver) {
        const ticket = await take()
        const answers = await Promise.all([0, 1, 2, 3].map((index) => publish(index, ticket)))
        // 504: its ticket was good, and what became of its event is not known.
        const won = answers.filter(({ status }) => [201, 504].includes(status)).length
        ends.set(won, (ends.get(won) ?? 0) + 1)
        for (const { status, ms } of answers) {
          assert.ok([201, 401, 503, 504].includes(status), `${status}`)
          assert.ok(ms < redeemMs + 10_000, `${ms} ms`)
        }
      }
    }
    const callers = Array.from({ length: 4 }, showing)
    await pollUntil(() => (ends.get(1) ?? 0) > 50)

    await kafka.part.kill()
    await pollUntil(() => (ends.get(0) ?? 0) > 20)
    await kafka.part.restart()
    const before = ends.get(1) ?? 0
    await pollUntil(() => (ends.get(1) ?? 0) > before + 50, 60_000)
    isOver = true
    await Promise.all(callers)

    t.diagnostic(`how many of four were let in, and of how many tickets: ${JSON.stringify([...ends])}`)
    assert.deepEqual([...ends.keys()].sort(), [0, 1])
  })

  /** Exactly what was answered with 201. */
  async function assertStored(): Promise<void> {
    assert.equal((await storedNumbers(topic, { bootstrap: kafka.bootstrap })).length, accepted)
  }
})
