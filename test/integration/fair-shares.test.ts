import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createKey } from '../support/api-keys.ts'
import { gatewayFor, uniqueName } from '../support/gateway.ts'
import { startOwnKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { StreamClient } from '../support/stream-client.ts'

const room = 60
const perBatch = 10

suite('callers who share a full gateway', () => {
  test('each have their share of what waits for Kafka, whoever came first and however much he sends', async (t) => {
    const kafka = await startOwnKafka()
    t.after(() => kafka[Symbol.asyncDispose]())
    const topic = await numberTopic(t, { name: uniqueName('topic'), bootstrap: kafka.bootstrap })
    const gateway = await gatewayFor(t, {
      env: {
        HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
        HEADGATE_PUBLISH_IN_FLIGHT_EVENTS: String(room),
        HEADGATE_PUBLISH_STALLED_AFTER_MS: '600000',
      },
    })
    const keys = await Promise.all(range(0, 3).map(() => createKey(gateway, { scopes: ['publish'] })))
    const publish = async (token: string, headers = {}) => {
      const events = range(0, perBatch).map((n) => ({ value: { n } }))
      const answer = await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events }, { token, headers })
      return answer.status === 503 ? answer.body.code : answer.status
    }
    const [greedy = '', polite = '', third = ''] = keys.map(({ key }) => key)
    for (const token of [greedy, polite, third]) assert.equal(await publish(token), 201)

    const hasNothingInFlight = async () =>
      /^headgate_events_in_flight 0$/m.test((await gateway.api.get('/metrics')).text)
    await pollUntil(hasNothingInFlight)
    const taken = async (token: string, batches: number) => {
      const answers = await Promise.all(range(0, batches).map(() => publish(token, { prefer: 'wait=1' })))
      const known = answers.filter((answer) => answer === 504 || answer === 'gateway-full')
      assert.equal(known.length, batches, JSON.stringify(answers))
      return answers.filter((answer) => answer === 504).length * perBatch
    }
    kafka.part.pause()
    const shares: number[] = []
    try {
      shares.push(await taken(greedy, 8), await taken(polite, 8), await taken(greedy, 2), await taken(third, 8))
    } finally {
      kafka.part.resume()
    }

    assert.deepEqual(shares, [room / 2, room / 3, 0, room / 6])
    await pollUntil(hasNothingInFlight)
    for (const token of [greedy, polite, third]) assert.equal(await publish(token), 201)
  })

  test('take turns where consumers are waited for: who asks once need not wait for who asks a hundred times', async (t) => {
    const topic = await numberTopic(t)
    const gateway = await gatewayFor(t, { env: { HEADGATE_KAFKA_READERS: '1' } })
    await publishNumbers(gateway.api, topic, 0, 50)
    const [greedy, polite] = [
      await createKey(gateway, { scopes: ['read'] }),
      await createKey(gateway, { scopes: ['read'] }),
    ]
    const read = ({ key }: { key: string }) => gateway.api.get(`/v1/topics/${topic}/events`, { token: key })
    let answered = 0
    let isOver = false
    const reading = range(0, 100).map(async () => {
      for (; !isOver; answered++) assert.equal((await read(greedy)).status, 200)
    })
    await pollUntil(() => answered > 100)
    const before = answered

    for (let count = 0; count < 20; count++) assert.equal((await read(polite)).status, 200)

    const meanwhile = answered - before
    isOver = true
    await Promise.all(reading)
    t.diagnostic(`${meanwhile} reads of the greedy one beside 20 of the other`)
    assert.ok(meanwhile < 500, `${meanwhile} others came first`)
  })

  test('leave the last places for streams to each other', async (t) => {
    const topic = await numberTopic(t)
    const gateway = await gatewayFor(t, { env: { HEADGATE_STREAM_READERS: '16' } })
    const [greedy, polite] = [
      await createKey(gateway, { scopes: ['read'] }),
      await createKey(gateway, { scopes: ['read'] }),
    ]
    const open = ({ key }: { key: string }) =>
      StreamClient.open(t, gateway, { query: { topics: topic }, token: key }).catch(({ message }) => {
        assert.match(message, /gateway-full/)
        return undefined
      })
    const openAll = async (who: { key: string }) => {
      const opened = await Promise.all(range(0, 16).map(() => open(who)))
      return opened.filter((stream) => stream !== undefined)
    }

    const [first] = [await openAll(greedy)]
    const second = await openAll(polite)

    assert.deepEqual([first.length, second.length], [14, 2])
    for (const stream of first.slice(0, 6)) await stream.close()
    await pollUntil(async () => (await openAll(polite)).length > 0)
  })
})
