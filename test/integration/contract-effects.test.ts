import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, suite, type TestContext, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { createKey } from '../support/api-keys.ts'
import { contractOf, patchContract, putContract, untilRevision } from '../support/contracts.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, readPage } from '../support/reading.ts'
import { StreamClient, streamNumbers } from '../support/stream-client.ts'
import { TestSubscription } from '../support/subscriptions.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const maskN = { masking: { unless: 'pii', fields: { '/n': 'mask' } } }
const written = async (...asked: Parameters<typeof putContract>) => assertDone(await putContract(...asked))
const patched = async (...asked: Parameters<typeof patchContract>) => assertDone(await patchContract(...asked))
const assertDone = ({ status, text }: ApiAnswer) => assert.ok(status < 300, text)
const codeOf = ({ status, body }: ApiAnswer) => [status, body.code]

suite('a change of a contract', () => {
  let one: TestGateway
  let other: TestGateway
  before(async () => {
    one = await startGateway()
    other = await startGateway()
  })
  after(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const eachWay = [
    ['Server-Sent Events', 'text/event-stream'],
    ['NDJSON', 'application/x-ndjson'],
  ] as const
  for (const [name, type] of eachWay) {
    test(`of what is masked ends open streams of ${name} on all replicas, with the cursor; what comes after is masked`, async (t) => {
      const topic = await numberTopic(t)
      const streams = await Promise.all(
        [one, other].map((gateway) => StreamClient.open(t, gateway, { type, query: { topics: topic } })),
      )
      await publishNumbers(one.api, topic, 1, 3)
      for (const stream of streams) await stream.count(3)

      const startedAt = performance.now()
      await written(one.api, topic, maskN)
      await Promise.all(streams.map((stream) => stream.ended))
      const tookMs = performance.now() - startedAt
      await publishNumbers(one.api, topic, 4, 2)

      t.diagnostic(`ended after ${Math.round(tookMs)} ms`)
      assert.ok(tookMs < 5_000)
      for (const stream of streams) {
        const closing = await stream.until('closing')
        assert.equal(closing.content.code, 'contract-changed')
        const again = await StreamClient.open(t, other, { type, query: { cursor: closing.cursor } })
        assert.deepEqual(streamNumbers(await again.count(2)), [null, null])
      }
    })
  }

  test('ends WebSockets too, and reads are masked by another scope from then on', async (t) => {
    const topic = await numberTopic(t)
    await written(one.api, topic, maskN)
    await untilRevision(other.api, topic, 1)
    await publishNumbers(one.api, topic, 1, 1)
    const token = await issueToken(['read', 'pii'])
    const socket = await WebSocketClient.open(t, other, { query: { topics: topic }, token })
    const before = await other.api.get(`/v1/topics/${topic}/events`, { token })

    await patched(one.api, topic, { masking: { unless: 'secrets' } })
    const closing = await socket.until('closing')
    const after = await other.api.get(`/v1/topics/${topic}/events`, { token })
    const first = await other.api.get(`/v1/topics/${topic}/partitions/0/events/0`, { token })

    assert.equal(closing.content.code, 'contract-changed')
    assert.equal(before.body.events[0].value.n, 1)
    assert.equal(after.body.events[0].value.n, null)
    assert.equal(first.body.value.n, null)
  })

  test('masks what a long poll gives that began before, also for who had the scope of then', async (t) => {
    const topic = await numberTopic(t)
    await written(one.api, topic, maskN)
    const token = await issueToken(['read', 'pii'])
    const polling = one.api.get(`/v1/topics/${topic}/events?wait=20`, { token })
    await pollUntil(async () => /^headgate_reads_waiting [1-9]/m.test((await one.api.get('/metrics')).text))

    await patched(one.api, topic, { masking: { unless: 'secrets' } })
    await publishNumbers(one.api, topic, 1, 1)

    assert.deepEqual((await polling).body.events[0].value, { n: null })
  })

  test('of what readers do not see leaves their streams open', async (t) => {
    const topic = await numberTopic(t)
    const stream = await StreamClient.open(t, one, { query: { topics: topic } })
    await written(one.api, topic, {
      owner: 'shop',
      quota: { events: { limit: 1000, seconds: 1 } },
      write: { tombstones: false },
    })
    await publishNumbers(one.api, topic, 1, 2)

    assert.deepEqual(streamNumbers(await stream.count(2)), [1, 2])
    assert.equal(stream.isEnded, false)
  })

  test('names scopes that API keys can be given from then on', async () => {
    const topic = uniqueName('contract')
    const name = `desk-${topic.slice(-10)}`
    const body = { description: 'x', scopes: [`${name}:${topic}`, `${name}-2:${topic}`] }
    const admin = { token: await issueToken(['keys', 'admin']) }
    const early = await other.api.post('/v1/api-keys', body, admin)
    await written(one.api, topic, { read: { requires: name }, write: { requires: `${name}-2` } })
    await untilRevision(other.api, topic, 1)

    assert.equal(early.status, 400)
    assert.equal((await other.api.post('/v1/api-keys', body, admin)).status, 201)
  })

  test('begins to divide a quota among replicas with the first one that there is', async (t) => {
    const alone = await gatewayFor(t)
    const topic = await numberTopic(t)
    await written(alone.api, topic, { quota: { events: { limit: 1000, seconds: 1 } } })

    await pollUntil(async () => {
      const live = /^headgate_replicas_live (\d+)$/m.exec((await alone.api.get('/metrics')).text)?.[1]
      return Number(live) >= 3
    })
  })
})

suite('the rules of a contract', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  const closed = { closed: 'It moves to another system.' }
  const json = { 'content-type': 'application/json' }
  const waysIn: [name: string, ask: (topic: string, token: string, t: TestContext) => Promise<unknown[]>][] = [
    [
      'one event',
      async (topic, token) => codeOf(await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token })),
    ],
    [
      'a batch',
      async (topic, token) =>
        codeOf(
          await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events: [{ value: { n: 1 } }] }, { token }),
        ),
    ],
    [
      'a dry run',
      async (topic, token) =>
        codeOf(await gateway.api.post(`/v1/topics/${topic}/events/validate`, { n: 1 }, { token })),
    ],
    ...(['application/x-ndjson', 'application/cloudevents+json', 'application/cloudevents-batch+json'] as const).map(
      (type): (typeof waysIn)[number] => [
        type,
        async (topic, token) => {
          const event = { specversion: '1.0', id: '1', source: '/x', type: 'x', data: { n: 1 } }
          const body = type.endsWith('ndjson') ? { value: { n: 1 } } : type.includes('batch') ? [event] : event
          const headers = { 'content-type': type }
          return codeOf(await gateway.api.post(`/v1/topics/${topic}/events`, body, { token, headers }))
        },
      ],
    ),
    [
      'a CloudEvent in binary mode',
      async (topic, token) => {
        const headers = { ...json, 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': 'x' }
        return codeOf(await gateway.api.post(`/v1/topics/${topic}/events`, { n: 1 }, { token, headers }))
      },
    ],
    [
      'a WebSocket',
      async (topic, token, t) => {
        const free = await numberTopic(t)
        const socket = await WebSocketClient.open(t, gateway, { query: { topics: free }, token })
        const { problem } = await socket.ask({ publish: { topic, event: { value: { n: 1 } } } })
        return [problem?.status, problem?.code]
      },
    ],
    [
      'a ticket',
      async (topic, token) =>
        codeOf(await gateway.api.post('/v1/tickets', { action: 'publish', topics: [topic] }, { token })),
    ],
    [
      'a replay of refused events',
      async (topic, token) => codeOf(await gateway.api.post(`/v1/topics/${topic}/refusals/replay`, {}, { token })),
    ],
    [
      'a dead-letter topic',
      async (topic, token, t) => {
        const free = await numberTopic(t)
        const path = `/v1/subscriptions/${uniqueName('subscription')}`
        const body = { topics: [free], deadLetterTopic: topic }
        return codeOf(await gateway.api.call(path, { method: 'PUT', body, token }))
      },
    ],
  ]
  const waysOut: typeof waysIn = [
    ['a page', async (topic, token) => codeOf(await gateway.api.get(`/v1/topics/${topic}/events`, { token }))],
    [
      'one event',
      async (topic, token) => codeOf(await gateway.api.get(`/v1/topics/${topic}/partitions/0/events/0`, { token })),
    ],
    ...eachStream(),
    [
      'a WebSocket',
      async (topic, token, t) => {
        const free = await numberTopic(t)
        const socket = await WebSocketClient.open(t, gateway, { query: { topics: free }, token })
        const { problem } = await socket.ask({ subscribe: { topics: [topic] } })
        return [problem?.status, problem?.code]
      },
    ],
    [
      'a ticket',
      async (topic, token) =>
        codeOf(await gateway.api.post('/v1/tickets', { action: 'read', topics: [topic] }, { token })),
    ],
    [
      'a new subscription',
      async (topic, token) => {
        const path = `/v1/subscriptions/${uniqueName('subscription')}`
        return codeOf(await gateway.api.call(path, { method: 'PUT', body: { topics: [topic] }, token }))
      },
    ],
  ]

  function eachStream(): typeof waysIn {
    return ['text/event-stream', 'application/x-ndjson'].map((accept) => [
      `a stream as ${accept}`,
      async (topic, token) =>
        codeOf(await gateway.api.get(`/v1/stream?topics=${topic}&from=earliest`, { token, headers: { accept } })),
    ])
  }

  const sides = [
    ['write', waysIn],
    ['read', waysOut],
  ] as const
  for (const [member, ways] of sides) {
    for (const [name, ask] of ways) {
      test(`${member}: close ${name} to all, and open it to who has the scope only`, async (t) => {
        const topic = await numberTopic(t)
        await publishNumbers(gateway.api, topic, 1, 1)
        const everything = ['publish', 'read', 'subscribe', 'contracts-write']
        const desk = await issueToken([...everything, `desk:${topic}`])
        const without = await issueToken([...everything, 'desk:another'])

        await written(gateway.api, topic, { [member]: { requires: 'desk' } })
        const missing = await ask(topic, without, t)
        await patched(gateway.api, topic, { [member]: closed })
        const closedForDesk = await ask(topic, desk, t)
        const closedForAll = await ask(topic, without, t)

        assert.deepEqual(missing, [403, 'scope-missing'])
        assert.deepEqual(closedForDesk, [403, 'topic-closed'])
        assert.deepEqual(closedForAll, [403, 'topic-closed'])
      })
    }
  }

  test('let pass who has the scope, with a ticket too, and name the scope to who has not', async (t) => {
    const topic = await numberTopic(t)
    await written(gateway.api, topic, { read: { requires: 'desk' }, write: { requires: 'desk' } })
    const scopes = ['publish', 'read', `desk:${topic}`]
    const token = await issueToken(scopes)
    const { key } = await createKey(gateway, { scopes })
    const path = `/v1/topics/${topic}/events`

    const denied = await gateway.api.get(path)
    const published = await gateway.api.post(path, { n: 1 }, { token })
    const byKey = await gateway.api.post(path, { n: 2 }, { token: key })
    const ticket = await takeTicket(gateway, { topics: [topic] }, { token })
    const byTicket = await gateway.api.post(`${path}?ticket=${ticket}`, { n: 3 }, { token: null })
    const read = await gateway.api.get(path, { token })
    const toRead = await takeTicket(gateway, { action: 'read', topics: [topic] }, { token })
    const query = { topics: topic, from: 'earliest', ticket: toRead }
    const stream = await StreamClient.open(t, gateway, { query, token: null })

    assert.match(denied.body.detail, new RegExp(`desk:${topic}`))
    assert.match(denied.headers.get('www-authenticate') ?? '', new RegExp(`scope="desk:${topic}"`))
    assert.deepEqual([published.status, byKey.status, byTicket.status], [201, 201, 201])
    assert.equal(read.body.events.length, 3)
    assert.deepEqual(streamNumbers(await stream.count(3)), [1, 2, 3])
  })

  test('are told with the topic', async (t) => {
    const topic = await numberTopic(t)
    await written(gateway.api, topic, {
      write: { ...closed, key: 'required', tombstones: false },
      read: { requires: 'desk' },
    })

    const { body } = await gateway.api.get(`/v1/topics/${topic}`)

    assert.deepEqual(body.contract.write, { ...closed, requires: null, key: 'required', tombstones: false })
    assert.deepEqual(body.contract.read, { closed: null, requires: 'desk' })
  })

  test('refuse tombstones and events without a key', async (t) => {
    const topic = await numberTopic(t)
    await written(gateway.api, topic, { write: { key: 'required', tombstones: false } })
    const events = [
      { value: { n: 1 } },
      { value: { n: 1 }, key: 'a' },
      { value: null, key: 'a' },
      { value: null },
      { value: { n: 1 }, key: '' },
    ]

    const { body } = await gateway.api.post(`/v1/topics/${topic}/events/batch`, { events })

    const codes = body.outcomes.map(({ violations = [] }: { violations?: { code: string }[] }) =>
      violations.map(({ code }) => code),
    )
    assert.deepEqual(codes, [
      ['key-missing'],
      [],
      ['tombstone-not-allowed'],
      ['tombstone-not-allowed', 'key-missing'],
      [],
    ])
  })

  test('end a stream of lines that is under way, and tell how far it came', async (t) => {
    const topic = await numberTopic(t)
    const token = await issueToken(['publish'])
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' }
    const sending = request(`${gateway.url}/v1/topics/${topic}/events`, { method: 'POST', headers })
    t.after(() => sending.destroy())
    const lines = new Promise<string>((resolve) => {
      let text = ''
      sending.on('response', (answer) => {
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        answer.on('end', () => resolve(text))
      })
    })
    sending.write('{"value":{"n":1}}\n')
    await pollUntil(async () => (await readPage(gateway.api, topic)).events.length === 1)

    await written(gateway.api, topic, { write: closed })
    const { ended } = JSON.parse((await lines).trim().split('\n').at(-1) ?? '')

    assert.deepEqual([ended.code, ended.lastLine], ['topic-closed', 1])
  })

  test('hold receivers of a subscription back, but let them acknowledge what they have', async (t) => {
    const topic = await numberTopic(t)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })
    await publishNumbers(gateway.api, topic, 1, 1)
    const events = await subscription.receiveAll(1)
    const waiting = gateway.api.call(`${subscription.path}/receive?wait=5`, { method: 'POST' })

    await written(gateway.api, topic, { read: closed })
    const refused = await gateway.api.call(`${subscription.path}/receive`, { method: 'POST' })
    const results = await subscription.settle('acknowledge', events)

    assert.deepEqual(codeOf(refused), [403, 'topic-closed'])
    assert.deepEqual(codeOf(await waiting), [403, 'topic-closed'])
    assert.deepEqual(results, ['acknowledged'])
    assert.equal((await contractOf(gateway.api, topic)).contract.read.closed, closed.closed)
  })
})
