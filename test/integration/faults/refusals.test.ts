import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { startGateway, type TestGateway, uniqueName } from '../../support/gateway.ts'
import { type OwnPart, startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema } from '../../support/reading.ts'
import { governingApi, keeping, TestRefusals } from '../../support/refusals.ts'
import { publishLines } from '../../support/refused-by-all-ways.ts'
import { registerSchema } from '../../support/schemas.ts'
import { issueToken } from '../../support/tokens.ts'

const slackMs = 4_000
const patch = [{ op: 'replace', path: '/value', value: { n: 1 } }]

/** One story in order: each test leaves Kafka as the next one needs it. */
suite('refused events while Kafka is away', () => {
  const topic = uniqueName('refused')
  let kafka: OwnPart<{ bootstrap: string }>
  let gateway: TestGateway
  let refusals: TestRefusals
  let kept: string

  before(async () => {
    kafka = await startOwnKafka()
    await ensureTopic(kafka.bootstrap, { topic, partitions: 1 })
    await registerSchema(`${topic}-value`, numberSchema)
    const env = { HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap }
    gateway = await startGateway({ env, contracts: [keeping(topic)] })
    refusals = new TestRefusals(await governingApi(gateway.url), topic)
    kept = (await refusals.publish({ n: 'x' })).body.kept
    assert.equal(typeof kept, 'string')
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await kafka[Symbol.asyncDispose]()
  })

  test('paused: are refused when the deadline is over, and it is said that they may be kept', async () => {
    kafka.part.pause()

    const began = performance.now()
    const answer = await refusals.publish({ n: 'paused' }, { headers: { prefer: 'wait=1' } })
    const tookMs = performance.now() - began

    assert.deepEqual([answer.status, answer.body.kept], [422, null], answer.text)
    assert.match(answer.body.notKept, /may be kept all the same/)
    assert.ok(tookMs < 1_000 + slackMs, `${tookMs} ms`)
    kafka.part.resume()
    await pollUntil(async () => typeof (await refusals.publish({ n: 'resumed' })).body.kept === 'string')
  })

  test('dead: are refused at once, and it is said that they are not kept', async () => {
    await kafka.part.kill()
    await pollUntil(async () => (await refusals.publish({ n: 1 })).status === 503)

    const began = performance.now()
    const one = await refusals.publish({ n: 'lost' })
    const tookMs = performance.now() - began
    const batch = await refusals.api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: {} }] })

    assert.deepEqual([one.status, one.body.kept], [422, null], one.text)
    assert.match(one.body.notKept, /No broker is connected/)
    assert.equal(batch.body.outcomes[0].kept, null, batch.text)
    assert.ok(tookMs < slackMs, `${tookMs} ms`)
  })

  test('dead: are neither listed nor replayed, and that can be tried again', async () => {
    const began = performance.now()
    const answers = await Promise.all([
      refusals.api.get(`/v1/topics/${topic}/refusals`),
      refusals.get(kept),
      refusals.replay(kept, { patch }),
      refusals.discard(kept),
    ])

    assert.ok(performance.now() - began < slackMs)
    for (const { status, body, text } of answers) {
      assert.deepEqual([status, body.retryable], [503, true], text)
    }
  })

  test('back: those that were kept are there, and replayed', async () => {
    await kafka.part.restart()
    await pollUntil(async () => (await refusals.get(kept)).status === 200, 60_000)
    await pollUntil(async () => (await refusals.publish({ n: 1 })).status === 201, 60_000)

    const answer = await refusals.replay(kept, { patch })
    const token = await issueToken(['publish'])
    const told = await publishLines({ api: refusals.api, token, topic }, '{"value":{}}')

    assert.equal(answer.body.outcome, 'replayed', answer.text)
    assert.equal(typeof told[0].kept, 'string')
    const texts = (await refusals.list()).map(({ event }) => event?.text)
    assert.ok(!texts.includes('{"n":"lost"}'))
  })
})
