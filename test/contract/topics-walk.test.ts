import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { loadApiContract, type OperationSpec, type Schema } from '../../src/openapi/contract.ts'
import { CursorSigner } from '../../src/reading/cursor-signer.ts'
import { operationSpecs } from '../support/api.ts'
import { createKey } from '../support/api-keys.ts'
import { auditRecords } from '../support/audit.ts'
import { cursorSecret, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { storedMessages } from '../support/stored-values.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import { validRequest } from '../support/valid-requests.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const { components } = loadApiContract()
const guarded = operationSpecs.filter(({ security }) => security.length > 0)
const walk = uniqueName('walk')
/** What no event of a topic that may not be read shows anybody. */
const secretNumber = 987_654_321

const namesTopics = /^(topics?|deadLetterTopic|cursor|last-event-id)$/i
const resolved = (schema: Schema): Schema => {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  return name === undefined ? schema : (components.schemas[name] as Schema)
}

/** The members of a body by which a topic is named, however deep they are. */
function membersOf(given: Schema, path = '', depth = 0): string[] {
  if (depth > 6) return []
  const { properties = {}, items, oneOf = [], anyOf = [], allOf = [] } = resolved(given) as Record<string, never>
  const own = Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) =>
    namesTopics.test(name) ? [`${path}/${name}`] : membersOf(schema, `${path}/${name}`, depth + 1),
  )
  const inner = [...(items ? [items] : []), ...oneOf, ...anyOf, ...allOf] as Schema[]
  return [...new Set([...own, ...inner.flatMap((schema) => membersOf(schema, path, depth + 1))])]
}

/** Every place of the API where a caller names a topic: found in openapi.yaml, so that a new one cannot be forgotten. */
const placesOf = ({ id, parameters, bodies }: OperationSpec): string[] => [
  ...parameters.filter(({ name }) => namesTopics.test(name)).map(({ name, in: place }) => `${id} ${place} ${name}`),
  ...[...new Set(Object.values(bodies).flatMap((body) => membersOf(body)))].map((member) => `${id} body ${member}`),
]
const commands = membersOf({ $ref: '#/components/schemas/StreamCommand' }).map((member) => `message ${member}`)
const places = [...operationSpecs.flatMap(placesOf), ...commands]

interface Asked {
  gateway: TestGateway
  t: TestContext
  /** May be read and published to by the credential. */
  own: string
  other: string
  token: string
}

interface Answer {
  status: number
  code: string
  text: string
}

type Ask = (asked: Asked) => Promise<Answer>
const named = { 'x-request-id': walk }

const get =
  (pathOf: (asked: Asked) => string): Ask =>
  async (asked) => {
    const { status, body, text } = await asked.gateway.api.get(pathOf(asked), { token: asked.token, headers: named })
    return { status, code: body.code, text }
  }

const put =
  (bodyOf: (asked: Asked) => object): Ask =>
  async (asked) => {
    const path = `/v1/subscriptions/${uniqueName('subscription')}`
    const request = { method: 'PUT', body: bodyOf(asked), token: asked.token, headers: named }
    const { status, body, text } = await asked.gateway.api.call(path, request)
    return { status, code: body.code, text }
  }

const command =
  (of: (asked: Asked) => object): Ask =>
  async (asked) => {
    const query = { topics: asked.own }
    const client = await WebSocketClient.open(asked.t, asked.gateway, { query, token: asked.token, headers: named })
    const { problem } = await client.ask(of(asked))
    return { status: problem?.status, code: problem?.code, text: JSON.stringify([problem, client.received]) }
  }

const cursorTo = (...topics: string[]): string => {
  const next = new Map([[0, 0]])
  const positions = topics.map((topic) => ({
    topic,
    topicId: Buffer.alloc(16).toString('base64'),
    partition: null,
    next,
  }))
  return new CursorSigner([cursorSecret]).sign({ topics: positions })
}

const byOperation =
  (spec: OperationSpec): Ask =>
  async ({ gateway, other, token }) => {
    const { path, ...request } = validRequest(spec, { topic: other, id: 'ABCDEFGHIJKL' })
    const { status, body, text } = await gateway.api.call(path, {
      ...request,
      token,
      headers: { ...request.headers, ...named },
    })
    return { status, code: body.code, text }
  }

const refused = [403, 'scope-missing'] as const
const notRead = [400, 'invalid-body'] as const

/** How a topic that is not the caller's is named at each place, and what must come of it. */
const asks: Record<string, [ask: Ask, expected: readonly [number, string]]> = {
  ...Object.fromEntries(
    guarded
      .filter(({ path }) => path.includes('{topic}'))
      .map((spec) => [`${spec.id} path topic`, [byOperation(spec), refused]]),
  ),
  // The cursor must name the topic of the path, for which there is a scope.
  'readEvents query cursor': [
    get(({ own, other }) => `/v1/topics/${own}/events?cursor=${cursorTo(other)}`),
    [400, 'invalid-cursor'],
  ],
  'listRefusals query cursor': [
    get(({ own, other }) => `/v1/topics/${own}/refusals?cursor=${cursorTo(other)}`),
    [400, 'invalid-cursor'],
  ],
  'replayRefusals body /cursor': [
    async ({ gateway, own, other, token }) => {
      const body = { cursor: cursorTo(other) }
      const answer = await gateway.api.post(`/v1/topics/${own}/refusals/replay`, body, { token, headers: named })
      return { status: answer.status, code: answer.body.code, text: answer.text }
    },
    [400, 'invalid-cursor'],
  ],
  'readStream query topics': [get(({ own, other }) => `/v1/stream?topics=${own},${other}`), refused],
  'readStream query cursor': [get(({ own, other }) => `/v1/stream?cursor=${cursorTo(own, other)}`), refused],
  'readStream header Last-Event-ID': [
    async ({ gateway, own, other, token }) => {
      const headers = { ...named, 'last-event-id': cursorTo(own, other) }
      const { status, body, text } = await gateway.api.get(`/v1/stream?topics=${own}`, { token, headers })
      return { status, code: body.code, text }
    },
    refused,
  ],
  'createTicket body /topics': [
    async ({ gateway, own, other, token }) => {
      const asked = { action: 'read', topics: [own, other] }
      const { status, body, text } = await gateway.api.post('/v1/tickets', asked, { token, headers: named })
      return { status, code: body.code, text }
    },
    refused,
  ],
  'putSubscription body /topics': [put(({ own, other }) => ({ topics: [own, other] })), refused],
  'putSubscription body /deadLetterTopic': [
    put(({ own, other }) => ({ topics: [own], deadLetterTopic: other })),
    refused,
  ],
  // It moves what is subscribed to, and nothing else.
  'seekSubscription body /cursor': [
    async (asked) => {
      const name = uniqueName('subscription')
      const path = `/v1/subscriptions/${name}`
      await asked.gateway.api.call(path, { method: 'PUT', body: { topics: [asked.own] }, token: asked.token })
      const body = { cursor: cursorTo(asked.other) }
      const answer = await asked.gateway.api.post(`${path}/seek`, body, { token: asked.token, headers: named })
      return { status: answer.status, code: answer.body.code, text: answer.text }
    },
    [400, 'invalid-cursor'],
  ],
  'message /subscribe/topics': [command(({ other }) => ({ subscribe: { topics: [other] } })), refused],
  'message /subscribe/cursor': [
    command(({ own, other }) => ({ subscribe: { topics: [own], cursor: cursorTo(own, other) } })),
    refused,
  ],
  'message /publish/topic': [
    command(({ other }) => ({ publish: { topic: other, event: { value: { n: 1 } } } })),
    refused,
  ],
  // These act on topics that are read already, and on nothing else.
  'message /unsubscribe/topics': [command(({ other }) => ({ unsubscribe: { topics: [other] } })), notRead],
  'message /pause/topics': [command(({ other }) => ({ pause: { topics: [other] } })), notRead],
  'message /resume/topics': [command(({ other }) => ({ resume: { topics: [other] } })), notRead],
}

suite('a topic that is not the caller’s', () => {
  let gateway: TestGateway
  let own: string
  let foreign: string
  let credentials: [kind: string, token: string][]
  let others: [kind: string, topic: string][]
  const refusals = new Map<string, number>()

  before(async () => {
    gateway = await startGateway({ env: { HEADGATE_AUDIT_WINDOW_MS: '600000' } })
    own = await numberTopic(untilTheRunEnds)
    foreign = await numberTopic(untilTheRunEnds)
    await publishNumbers(gateway.api, foreign, secretNumber, 1)
    const scopes = [`publish:${own}`, `read:${own}`, `contracts-write:${own}`, 'subscribe']
    credentials = [
      ['token', await issueToken(scopes)],
      ['api-key', (await createKey(gateway, { scopes })).key],
    ]
    // A ticket makes the topic of tickets.
    await gateway.api.post(
      `/v1/topics/${own}/events?ticket=${await takeTicket(gateway, { topics: [own] })}`,
      { n: 1 },
      { token: null },
    )
    others = [
      ['of another partner', foreign],
      ['of Kafka', '__consumer_offsets'],
      ...['api-keys', 'tickets', 'audit', 'anything'].map((name): [string, string] => [
        'of the gateway',
        `_headgate.${name}`,
      ]),
    ]
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('is named at the places that this walk goes to, and at no others', () => {
    assert.deepEqual(places.toSorted(), Object.keys(asks).sort())
  })

  for (const [place, [ask, [status, code]]] of Object.entries(asks)) {
    test(`is ${status} ${code} where it is named in ${place}`, async (t) => {
      for (const [kind, token] of credentials) {
        for (const [whose, other] of others) {
          const answer = await ask({ gateway, t, own, other, token })

          assert.deepEqual([answer.status, answer.code], [status, code], `${kind}, ${whose}: ${answer.text}`)
          assert.ok(!answer.text.includes(String(secretNumber)))
          if (status !== 403) continue
          const name = `${kind} ${other}`
          refusals.set(name, (refusals.get(name) ?? 0) + 1)
        }
      }
    })
  }

  test('of the gateway or of Kafka is reached by nobody, whatever his scopes', async (t) => {
    const all = await issueToken([
      'publish',
      'read',
      'subscribe',
      'contracts-write',
      'keys',
      'admin',
      'publish:*',
      'read:_headgate*',
      'read:__*',
    ])
    const key = await createKey(gateway, {
      scopes: ['publish:*', 'read:*', 'contracts-write:*', 'subscribe', 'read:_headgate.audit', 'publish:__*'],
    })
    for (const [place, [ask, [status, code]]] of Object.entries(asks)) {
      for (const token of [all, key.key]) {
        for (const [, other] of others.filter(([whose]) => whose !== 'of another partner')) {
          const answer = await ask({ gateway, t, own, other, token })
          assert.deepEqual([answer.status, answer.code], [status, code], `${place} ${other}: ${answer.text}`)
        }
      }
    }
  })

  test('is in no list', async () => {
    for (const [, token] of credentials) {
      const { body } = await gateway.api.get('/v1/topics', { token })
      assert.deepEqual(
        body.topics.map(({ topic }: { topic: string }) => topic),
        [own],
      )
    }
  })

  test('is not reached by an event that names it: in an envelope, a line, or an attribute of a CloudEvent', async () => {
    const before = await nextOffsets(gateway.api, foreign)
    const [, token] = credentials[0] as [string, string]
    const path = `/v1/topics/${own}/events`
    const attributes = {
      specversion: '1.0',
      id: '1',
      source: `/topics/${foreign}`,
      type: 'a',
      subject: foreign,
      topic: foreign,
    }
    const inHeaders = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]))
    const post = (body: unknown, headers: Record<string, string> = {}, at = path) =>
      gateway.api.post(at, body, { token, headers })

    const lines = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: `{"value":{"n":1},"topic":"${foreign}"}\n`,
    })
    const answers = [
      await post({ events: [{ value: { n: 1 }, topic: foreign }] }, {}, `${path}/batch`),
      await post({ n: 1 }, { 'content-type': 'application/json', ...inHeaders }),
      await post({ ...attributes, data: { n: 1 } }, { 'content-type': 'application/cloudevents+json' }),
      await post([{ ...attributes, data: { n: 1 } }], { 'content-type': 'application/cloudevents-batch+json' }),
      await post({ n: 1 }, { 'content-type': 'application/json' }, `${path}?topic=${foreign}`),
    ]

    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 201, 201, 201, 400],
    )
    assert.match(await lines.text(), /"refused":1/)
    assert.deepEqual(await nextOffsets(gateway.api, foreign), before)
  })

  test('was not written to, and each refusal is in the audit, with the topic', async () => {
    const stored = await storedMessages([foreign, '_headgate.api-keys'])
    assert.equal(stored.get(foreign)?.length, 1)
    for (const { key } of stored.get('_headgate.api-keys') ?? []) assert.match(key ?? '', /^(key|revoked|used)\//)
    await gateway[Symbol.asyncDispose]()

    const counted = new Map<string, number>()
    for (const record of await auditRecords()) {
      if (record.event !== 'access-refused' || record.requestId !== walk) continue
      assert.equal(record.code, 'scope-missing')
      const name = `${record.who.kind} ${record.resource?.name}`
      counted.set(name, (counted.get(name) ?? 0) + record.count)
    }
    for (const [name, count] of refusals)
      assert.ok((counted.get(name) ?? 0) >= count, `${name}: ${counted.get(name)} of ${count}`)
    assert.equal(refusals.size, credentials.length * others.length)
  })
})
