import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { createKey } from '../support/api-keys.ts'
import type { TestGateway } from '../support/gateway.ts'
import { pseudonymOf } from '../support/masked.ts'
import { maskedTopic } from '../support/masked-topic.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { readPage } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { StreamClient } from '../support/stream-client.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'total', type: 'long' },
    { name: 'email', type: ['null', 'string'], 'confluent:tags': ['PII'] },
    {
      name: 'customer',
      type: {
        type: 'record',
        name: 'Customer',
        fields: [
          { name: 'name', type: 'string' },
          { name: 'country', type: 'string' },
        ],
      },
    },
    {
      name: 'notes',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Note',
          fields: [
            { name: 'text', type: 'string' },
            { name: 'at', type: 'int' },
          ],
        },
      },
    },
  ],
}

const contract = `
key: {field: /id}
masking:
  unless: pii
  fields:
    /id: hash
    /customer/name: mask
    /notes/*/text: drop
  tags: {pii: mask}
  headers: {ce_subject: mask, x-user: drop}
`

const secret = {
  id: 'canary-id-1',
  email: 'canary-email@example.org',
  name: 'canary-name',
  note: 'canary-note',
  subject: 'canary-subject',
  user: 'canary-user',
  broken: 'canary-broken',
}
const order = {
  id: secret.id,
  total: 7,
  email: secret.email,
  customer: { name: secret.name, country: 'DE' },
  notes: [{ text: secret.note, at: 3 }],
}
const maskedOrder = {
  id: pseudonymOf(secret.id),
  total: 7,
  email: null,
  customer: { name: null, country: 'DE' },
  notes: [{ at: 3 }],
}
const places = ['/key', '/value/id', '/value/email', '/value/customer/name', '/value/notes/*/text']

/** Of an order, an order as a CloudEvent, a tombstone, and two records that cannot be decoded: offsets 0 to 4. */
async function publishSecrets(t: TestContext, { api }: TestGateway, topic: string): Promise<void> {
  const id = await registerSchema(`${topic}-value`, schema)
  const path = `/v1/topics/${topic}/events`
  const { status } = await api.post(path, order, {
    headers: { 'event-headers': JSON.stringify({ 'x-user': secret.user, 'x-kind': 'order' }) },
  })
  assert.equal(status, 201)
  const attributes = {
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/shop',
    'ce-type': 'order',
    'ce-subject': secret.subject,
    'ce-partitionkey': secret.id,
  }
  assert.equal((await api.post(path, order, { headers: attributes })).status, 201)
  assert.equal((await api.post(`${path}/batch`, { events: [{ value: null, key: secret.id }] })).status, 201)
  const writer = await openRawWriter(t)
  const prefix = Buffer.from([0, 0, 0, 0, 0])
  prefix.writeUInt32BE(id, 1)
  const key = Buffer.from(secret.id)
  const rest = Buffer.from(`${String.fromCharCode(200)}${secret.broken}`)
  await writer.write(topic, { key, value: Buffer.concat([prefix, rest]) }, { key, value: Buffer.from(secret.broken) })
}

interface Caller {
  token: string
  /** Absent for an API key's own ticket. */
  mayAuthenticate?: boolean
}

/** Everything that a caller is told of the topic, by every way of reading, each as text. */
async function allReadings(
  t: TestContext,
  gateway: TestGateway,
  topic: string,
  { token }: Caller,
): Promise<Map<string, string>> {
  const path = `/v1/topics/${topic}/events`
  const readings = new Map<string, string>()
  const get = async (name: string, url: string, accept = 'application/json') => {
    const { status, text } = await gateway.api.get(url, { token, headers: { accept } })
    assert.equal(status, 200, text)
    readings.set(name, text)
  }
  await get('polling', path)
  await get('longs as strings', `${path}?longs=string`)
  await get('fields', `${path}?fields=/email,/customer,/notes/0/text,/id`)
  await get('a filter', `${path}?filter=${encodeURIComponent('offset >= 0')}&longs=string`)
  await get('CloudEvents', path, 'application/cloudevents-batch+json')
  for (const offset of [0, 1, 2, 3, 4]) {
    const one = `/v1/topics/${topic}/partitions/0/events/${offset}`
    await get(`event ${offset}`, one)
    await get(`event ${offset} as a CloudEvent`, one, 'application/cloudevents+json')
  }
  const query = { topics: topic, from: 'earliest' }
  const take = async (name: string, stream: StreamClient | WebSocketClient) => {
    await stream.until('undecodable')
    await stream.count(2)
    readings.set(name, JSON.stringify([stream.said, 'replies' in stream ? stream.replies : []]))
  }
  const ticket = () => takeTicket(gateway, { action: 'read', topics: [topic] }, { token })
  await take('Server-Sent Events', await StreamClient.open(t, gateway, { type: 'text/event-stream', query, token }))
  await take('NDJSON', await StreamClient.open(t, gateway, { query: { ...query, longs: 'string' }, token }))
  await take(
    'a stream by ticket',
    await StreamClient.open(t, gateway, { query: { ...query, ticket: await ticket() }, token: null }),
  )
  await take('a WebSocket', await WebSocketClient.open(t, gateway, { query, token }))
  await take(
    'a WebSocket by ticket',
    await WebSocketClient.open(t, gateway, { query: { ...query, ticket: await ticket() }, token: null }),
  )
  const later = await WebSocketClient.open(t, gateway, { token })
  await later.ask({ subscribe: { topics: [topic], from: 'earliest' } })
  await take('a topic added to a WebSocket', later)
  const live = await StreamClient.open(t, gateway, { query: { topics: topic }, token })
  const { status } = await gateway.api.post(`${path}/validate`, order)
  assert.equal(status, 200)
  await live.close()
  return readings
}

suite('a topic whose contract masks', () => {
  test('is masked in every way of reading for those without the scope on it, and in every log line', async (t) => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { topic, gateway } = await maskedTopic(t, contract, { log })
    await publishSecrets(t, gateway, topic)
    const key = async (...scopes: string[]) => (await createKey(gateway, { scopes })).key
    const without: [who: string, token: string][] = [
      ['without the scope', await issueToken(['read'])],
      ['with every action', await issueToken(['read', 'publish', 'admin', 'keys', 'contracts-write', 'schemas-write'])],
      ['with the scope for another topic', await issueToken(['read', 'pii:another.*'])],
      ['with a scope of another name', await issueToken(['read', 'pii2', 'PII', 'pi'])],
      ['with an API key without the scope', await key('read')],
    ]
    const withScope: [who: string, token: string][] = [
      ['with the scope', await issueToken(['read', 'pii'])],
      ['with the scope for the topic', await issueToken(['read', `pii:${topic}`])],
      ['with an API key that has the scope', await key('read', 'pii:masked-*')],
    ]

    for (const [who, token] of withScope) {
      const readings = await allReadings(t, gateway, topic, { token })
      for (const [name, text] of readings) {
        assert.ok(!text.includes('"masked":'), `${who}, ${name}: ${text}`)
        assert.ok(text.includes('canary-'), `${who}, ${name}: ${text}`)
      }
      for (const canary of Object.values(secret).filter((each) => each !== secret.broken)) {
        assert.ok(readings.get('polling')?.includes(canary), `${who}: ${canary}`)
        assert.ok(readings.get('a WebSocket by ticket')?.includes(canary), `${who}: ${canary}`)
      }
    }
    for (const [who, token] of without) {
      const readings = await allReadings(t, gateway, topic, { token })
      for (const [name, text] of readings) assert.ok(!text.includes('canary'), `${who}, ${name}: ${text}`)
      for (const [name, text] of readings) {
        if (!name.includes('CloudEvent')) assert.ok(text.includes('"masked":'), `${who}, ${name}: ${text}`)
      }
    }

    const { text: metrics } = await gateway.api.get('/metrics')
    assert.ok(lines.length > 50)
    for (const text of [...lines, metrics]) assert.ok(!text.includes('canary'), text)
  })

  test('is shown without the scope as its contract says, with the places that are not as they are', async (t) => {
    const { topic, gateway } = await maskedTopic(t, contract)
    await publishSecrets(t, gateway, topic)
    const token = await issueToken(['read'])

    const { body } = await gateway.api.get(`/v1/topics/${topic}/events`, { token })

    const [plain, cloudEvent, tombstone, undecodable, foreign] = body.events
    assert.deepEqual(plain.value, maskedOrder)
    assert.deepEqual(plain.key, maskedOrder.id)
    assert.deepEqual(Object.keys(plain.headers), ['x-kind'])
    assert.deepEqual(plain.masked.sort(), [...places, '/headers/x-user'].sort())
    assert.deepEqual(
      [cloudEvent.headers.ce_subject, cloudEvent.headers.ce_partitionkey, cloudEvent.headers.ce_id],
      [null, maskedOrder.id, '1'],
    )
    assert.deepEqual([tombstone.value, tombstone.key, tombstone.masked], [null, maskedOrder.id, ['/key']])
    for (const { key, error, value } of [undecodable, foreign]) {
      assert.deepEqual([key, error.code, value], [maskedOrder.id, 'undecodable', undefined])
    }
    const single = await gateway.api.get(`/v1/topics/${topic}/partitions/0/events/1`, {
      token,
      headers: { accept: 'application/cloudevents+json' },
    })
    assert.deepEqual(single.body, {
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: 'order',
      partitionkey: maskedOrder.id,
      datacontenttype: 'application/json',
      data: maskedOrder,
    })
    const shown = await gateway.api.get(`/v1/topics/${topic}`, { token })
    assert.deepEqual(shown.body.contract.masking, { unless: 'pii', applies: true })
  })

  test('is no oracle: a filter sees what its reader sees', async (t) => {
    const { topic, gateway } = await maskedTopic(t, contract)
    await publishSecrets(t, gateway, topic)
    const filters = [
      `value.email == "${secret.email}"`,
      'value.email != null',
      `value.customer.name.startsWith("canary")`,
      `value.notes.exists(n, n.text == "${secret.note}")`,
      `value.id == "${secret.id}"`,
      `key == "${secret.id}"`,
      `headers["ce_subject"] == "${secret.subject}"`,
      `headers["x-user"] == "${secret.user}"`,
      `headers["ce_partitionkey"] == "${secret.id}"`,
    ]
    const found = async (filter: string, scopes: string[]): Promise<number> => {
      const path = `/v1/topics/${topic}/events?filter=${encodeURIComponent(filter)}`
      const { body, status, text } = await gateway.api.get(path, { token: await issueToken(scopes) })
      assert.equal(status, 200, text)
      return body.events.length
    }

    for (const filter of filters) {
      assert.ok((await found(filter, ['read', 'pii'])) > 0, filter)
      assert.equal(await found(filter, ['read']), 0, filter)
    }
    assert.equal(await found(`value.id == "${maskedOrder.id}"`, ['read']), 2)
    const stream = await StreamClient.open(t, gateway, {
      query: {
        topics: topic,
        from: 'earliest',
        filter: `!has(value.email) || value.email == "${secret.email}" || offset == 1`,
      },
      token: await issueToken(['read']),
    })
    await stream.count(1)
    assert.deepEqual(
      stream.events.map(({ content }) => content.offset),
      [1],
    )
  })

  test('is masked for a reader beside one who sees everything, live and from the cursor of the other', async (t) => {
    const { topic, gateway } = await maskedTopic(t, contract)
    await registerSchema(`${topic}-value`, schema)
    const open = (token: string, query = {}) =>
      StreamClient.open(t, gateway, { query: { topics: topic, ...query }, token })
    const [may, mayNot] = [await issueToken(['read', 'pii']), await issueToken(['read'])]
    const clear = await open(may, { from: 'earliest' })
    const masked = await open(mayNot, { from: 'earliest' })
    const cursor = clear.cursor || (await readPage(gateway.api, topic)).cursor
    for (let n = 0; n < 3; n++) await gateway.api.post(`/v1/topics/${topic}/events`, { ...order, total: n })

    const [seen, shown, resumed] = [
      await clear.count(3),
      await masked.count(3),
      await (await open(mayNot, { cursor })).count(3),
    ]

    assert.deepEqual(
      seen.map(({ content }) => content.value),
      [0, 1, 2].map((total) => ({ ...order, total })),
    )
    for (const messages of [shown, resumed]) {
      assert.deepEqual(
        messages.map(({ content }) => content.value),
        [0, 1, 2].map((total) => ({ ...maskedOrder, total })),
      )
    }
  })

  test('is masked on a WebSocket from the moment on that another token does not have the scope, and shown where it has', async (t) => {
    const { topic, gateway } = await maskedTopic(t, contract)
    await registerSchema(`${topic}-value`, schema)
    const [may, mayNot] = [await issueToken(['read', 'pii']), await issueToken(['read'])]
    const publish = (total: number) => gateway.api.post(`/v1/topics/${topic}/events`, { ...order, total })
    const socket = await WebSocketClient.open(t, gateway, { query: { topics: topic, from: 'earliest' }, token: may })
    await publish(0)
    await socket.count(1)

    const lost = await socket.ask({ authenticate: { token: mayNot } })
    await publish(1)
    await socket.count(2)
    await socket.ask({ authenticate: { token: may } })
    await publish(2)
    await socket.count(3)

    assert.deepEqual(lost.authenticated.left, [])
    assert.deepEqual(
      socket.events.map(({ content }) => content.value.email),
      [secret.email, null, secret.email],
    )
  })

  test('has a ticket that sees what its holder saw, and for its topics only', async (t) => {
    const { topic, gateway } = await maskedTopic(t, contract)
    await publishSecrets(t, gateway, topic)
    const page = async (token: string) => {
      const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { token })
      const stream = await StreamClient.open(t, gateway, {
        query: { topics: topic, from: 'earliest', ticket },
        token: null,
      })
      return (await stream.count(1))[0]?.content.value.email
    }

    assert.equal(await page(await issueToken(['read', 'pii'])), secret.email)
    assert.equal(await page(await issueToken(['read', 'pii:another'])), null)
  })
})

suite('fields that come later', () => {
  const field = (name: string, more: object = {}) => ({ name, type: 'string', default: '', ...more })
  const version = (...fields: object[]) => ({ type: 'record', name: 'Later', fields })

  test('are masked until the contract names them, where it says so', async (t) => {
    const others = '\nmasking:\n  unless: pii\n  others: mask\n  key: show\n  fields: {/id: show}\n'
    const { topic, gateway } = await maskedTopic(t, others, { env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '50' } })
    await registerSchema(`${topic}-value`, version(field('id')))
    const path = `/v1/topics/${topic}/events`
    assert.equal((await gateway.api.post(path, { id: '1' }, { headers: { 'event-key': 'k' } })).status, 201)
    await registerSchema(`${topic}-value`, version(field('id'), field('phone')))
    let status = 422
    for (let tries = 0; status === 422 && tries < 100; tries++) {
      status = (await gateway.api.post(path, { id: '2', phone: '555' })).status
    }

    const { body } = await gateway.api.get(path, { token: await issueToken(['read']) })

    const shown = body.events.map(({ key, value, masked }: Record<string, unknown>) => ({ key, value, masked }))
    assert.deepEqual(shown, [
      { key: 'k', value: { id: '1' }, masked: undefined },
      { key: null, value: { id: '2', phone: null }, masked: ['/value/phone'] },
    ])
  })

  test('a tag that comes later masks what was written before, also what a stream has in memory', async (t) => {
    const byTag = '\nmasking:\n  unless: pii\n  tags: {PII: mask}\n'
    const { topic, gateway } = await maskedTopic(t, byTag, { env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '50' } })
    await registerSchema(`${topic}-value`, version(field('id'), field('phone')))
    const token = await issueToken(['read'])
    const open = () => StreamClient.open(t, gateway, { query: { topics: topic, from: 'earliest' }, token })
    const first = await open()
    await gateway.api.post(`/v1/topics/${topic}/events`, { id: '1', phone: '555' })
    await first.count(1)
    assert.equal(first.events[0]?.content.value.phone, '555')

    await registerSchema(`${topic}-value`, version(field('id'), field('phone', { tags: ['PII'] })))
    const phones: unknown[] = []
    for (let tries = 0; phones.at(-1) !== null && tries < 50; tries++) {
      const again = await open()
      phones.push((await again.count(1))[0]?.content.value.phone)
      await again.close()
    }

    assert.equal(phones.at(-1), null)
    assert.equal((await readPage(gateway.api, topic)).events[0]?.value instanceof Object, true)
    const { body } = await gateway.api.get(`/v1/topics/${topic}/events`, { token })
    assert.deepEqual(body.events[0].value, { id: '1', phone: null })
  })
})

suite('JSON without a schema', () => {
  test('is masked by its pointers, and what cannot be read says nothing of itself', async (t) => {
    const free =
      '\nschemaless: true\nmasking:\n  unless: pii\n  others: drop\n  key: hash\n  fields: {/id: show, /who/country: show}\n'
    const { topic, gateway } = await maskedTopic(t, free)
    const path = `/v1/topics/${topic}/events`
    await gateway.api.post(
      path,
      { id: 1, 'canary@example.org': true, who: { name: 'canary', country: 'DE' } },
      { headers: { 'event-key': 'canary' } },
    )
    const writer = await openRawWriter(t)
    await writer.write(topic, { value: Buffer.from('{"canary":1,"canary":2}') }, { value: Buffer.from('canary') })

    const { body, text } = await gateway.api.get(path, { token: await issueToken(['read']) })

    assert.ok(!text.includes('canary'), text)
    assert.deepEqual(body.events[0].value, { id: 1, who: { country: 'DE' } })
    assert.equal(body.events[0].key, pseudonymOf('canary'))
    assert.deepEqual(
      body.events.map(({ error }: { error?: { code: string } }) => error?.code),
      [undefined, 'undecodable', 'undecodable'],
    )
  })
})

suite("scopes of the organisation's own", () => {
  test('are given by those who have them, for API keys too; a slip of the pen is not', async (t) => {
    const { gateway } = await maskedTopic(t, contract)
    const give = (scopes: string[], given: string) =>
      issueToken(scopes).then((token) =>
        gateway.api.post('/v1/api-keys', { description: 'x', scopes: ['read', given] }, { token }),
      )

    const answers = [
      await give(['keys', 'read', 'pii:a.*'], 'pii:a.b'),
      await give(['keys', 'read', 'pii:a.*'], 'pii'),
      await give(['keys', 'read'], 'pii'),
      await give(['keys', 'admin'], 'pii'),
      await give(['keys', 'admin'], 'raed:orders'),
      await give(['keys', 'admin'], 'admin'),
    ]

    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 403, 403, 201, 400, 400],
    )
    assert.equal(answers[4]?.body.faults[0].pointer, '/scopes/1')
  })

  test('a contract that hashes stops the start where there is no secret for it', async (t) => {
    await assert.rejects(
      maskedTopic(t, contract, { env: { HEADGATE_SECRETS_MASKING: '' } }),
      /HEADGATE_SECRETS_MASKING: is required: contracts hash what they mask \(`masked-/,
    )
  })
})
