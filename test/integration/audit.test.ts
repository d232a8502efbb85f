import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newApiKeyText } from '../../src/auth/api-keys/api-key-text.ts'
import type { AuditRecord } from '../../src/observability/audit.ts'
import { createKey, keysToken, revokeKey } from '../support/api-keys.ts'
import { auditRecords, auditTopic, promptAudit } from '../support/audit.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { misbehaviours, RegistryStub } from '../support/registry-stub.ts'
import { storedMessages } from '../support/stored-values.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'
import { topicSettings } from '../support/topic-settings.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

type Refused = Extract<AuditRecord, { event: 'access-refused' }>
type Changed = Exclude<AuditRecord, { event: 'access-refused' | 'refusals-not-listed' }>

suite('the audit topic', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({ env: promptAudit })
  })
  after(() => gateway[Symbol.asyncDispose]())

  const named = () => ({ 'x-request-id': uniqueName('request') })

  /** The record of a request, as soon as it is there. */
  async function recordOf({ 'x-request-id': requestId }: ReturnType<typeof named>): Promise<Refused> {
    let found: Refused | undefined
    await pollUntil(async () => {
      const records = await auditRecords()
      found = records.find((each) => each.event === 'access-refused' && each.requestId === requestId) as Refused
      return found !== undefined
    })
    return found as Refused
  }

  test('has each change of an API key by the time that it is answered', async () => {
    const token = await keysToken()
    const wanted = { description: 'Of a test', scopes: ['read:a.*'], addresses: ['192.0.2.0/24'], owner: 'shop' }
    const requests = [named(), named(), named()] as const

    const created = await gateway.api.post('/v1/api-keys', wanted, { token, headers: requests[0] })
    const { id } = created.body.apiKey
    const afterCreation = await auditRecords()
    const rotated = await gateway.api.post(
      `/v1/api-keys/${id}/rotate`,
      { overlapSeconds: 60 },
      { token, headers: requests[1] },
    )
    const afterRotation = await auditRecords()
    await gateway.api.call(`/v1/api-keys/${id}`, { method: 'DELETE', token, headers: requests[2] })
    const afterRevocation = await auditRecords()

    const found = [afterCreation, afterRotation, afterRevocation].map((records) =>
      records.filter((each): each is Changed => 'outcome' in each && each.resource.name === id),
    )
    assert.deepEqual(
      found.map((records) => records.map(({ event }) => event)),
      [
        ['api-key-created'],
        ['api-key-created', 'api-key-rotated'],
        ['api-key-created', 'api-key-rotated', 'api-key-revoked'],
      ],
    )
    for (const [index, record] of (found[2] ?? []).entries()) {
      assert.equal(record.requestId, requests[index]?.['x-request-id'])
      assert.equal(record.outcome, 'done')
      assert.equal(record.who.kind, 'token')
      assert.equal(record.who.id, created.body.apiKey.createdBy)
      assert.match(record.who.issuer ?? '', /^http/)
      assert.match(record.from ?? '', /127\.0\.0\.1$/)
    }
    const [first] = found[2] as [Extract<Changed, { event: 'api-key-created' }>]
    const { description: _description, ...given } = wanted
    assert.deepEqual(first.details, { ...given, quotaClass: 'default', expiresAt: null })
    const text = JSON.stringify(await storedMessages([auditTopic]))
    for (const { key } of [created.body, rotated.body]) assert.ok(!text.includes(key.slice(20)))
  })

  test('has no record of a key that was revoked before, or is read', async () => {
    const token = await keysToken()
    const { id } = await createKey(gateway, { scopes: ['read'] })
    await revokeKey(gateway, id)
    const before = (await auditRecords()).length

    await gateway.api.call(`/v1/api-keys/${id}`, { method: 'DELETE', token })
    await gateway.api.get(`/v1/api-keys/${id}`, { token })

    const later = (await auditRecords()).slice(before).filter((each) => 'outcome' in each && each.resource.name === id)
    assert.deepEqual(later, [])
  })

  test('has each change of the registry by the time that it is answered, with what came of it', async () => {
    const subject = uniqueName('orders-value')
    const versions = `/v1/schemas/${subject}/versions`
    const level = `/v1/schemas/${subject}/compatibility`
    const record = (...fields: object[]) => ({ schema: { type: 'record', name: 'Order', fields } })
    const id = { name: 'id', type: 'string' }
    const post = (body: object) => (headers: Record<string, string>) => gateway.api.post(versions, body, { headers })
    const call = (method: string, path: string, body?: object) => (headers: Record<string, string>) =>
      gateway.api.call(path, { method, headers, ...(body && { body }) })
    const steps: [status: number, told: object | undefined, ask: ReturnType<typeof post>][] = [
      [201, { event: 'schema-registered' }, post(record(id))],
      [200, undefined, post(record(id))],
      [200, undefined, call('POST', `${versions}?dryRun=true`, record(id))],
      [409, undefined, post(record(id, { name: 'vat', type: 'int' }))],
      [422, undefined, post(record(id, id))],
      [200, { event: 'compatibility-set', details: { level: 'NONE' } }, call('PUT', level, { level: 'NONE' })],
      [200, { event: 'compatibility-unset' }, call('DELETE', level)],
      [
        409,
        { outcome: 'failed', code: 'not-yet-deleted', details: { versions: [1], permanent: true } },
        call('DELETE', `${versions}/1?permanent=true`),
      ],
      [200, { event: 'schema-deleted', details: { versions: [1], permanent: false } }, call('DELETE', versions)],
      [
        409,
        { outcome: 'failed', code: 'already-deleted', details: { versions: 'all', permanent: false } },
        call('DELETE', versions),
      ],
      [
        200,
        { event: 'schema-deleted', details: { versions: [1], permanent: true } },
        call('DELETE', `${versions}?permanent=true`),
      ],
    ]

    for (const [status, told, ask] of steps) {
      const headers = named()
      const answer = await ask(headers)
      assert.equal(answer.status, status, answer.text)
      const ofRequest = (each: AuditRecord): each is Changed =>
        'requestId' in each && each.requestId === headers['x-request-id']
      // What failed is not waited for.
      if (told && status >= 400) await pollUntil(async () => (await auditRecords()).some(ofRequest))
      const [found, second] = (await auditRecords()).filter(ofRequest)

      assert.equal(second, undefined)
      if (told === undefined) assert.equal(found, undefined)
      else {
        const { event, outcome, ...rest } = found as Changed
        const { details, code } = rest as { details?: object; code?: string }
        const seen = { event, outcome, ...(details && { details }), ...(code && { code }) }
        const registered = event === 'schema-registered' && { details: { schemaId: answer.body.id } }
        assert.deepEqual(seen, { event: 'schema-deleted', outcome: 'done', ...told, ...registered })
        assert.deepEqual(found?.resource, { kind: 'subject', name: subject })
        assert.equal(found?.who.kind, 'token')
      }
    }
  })

  test('calls the global level `*`, and says of a registry that is away what may have been done', async (t) => {
    const stub = await RegistryStub.start()
    t.after(() => stub[Symbol.asyncDispose]())
    const env = { ...promptAudit, HEADGATE_REGISTRY_TIMEOUT_MS: '500' }
    const silent = await gatewayFor(t, { env: { ...env, HEADGATE_REGISTRY_URL: stub.url } })
    const away = await gatewayFor(t, { env: { ...env, HEADGATE_REGISTRY_URL: 'http://127.0.0.1:1' } })
    const set = (to: TestGateway, headers: Record<string, string>) =>
      to.api.call('/v1/schemas/compatibility', { method: 'PUT', body: { level: 'FULL' }, headers })

    for (const [to, outcome] of [
      [silent, 'unknown'],
      [away, 'failed'],
    ] as const) {
      stub.misbehave = misbehaviours['never answers']
      const headers = named()
      assert.equal((await set(to, headers)).status, 503)
      const ofRequest = (each: AuditRecord) => 'requestId' in each && each.requestId === headers['x-request-id']
      await pollUntil(async () => (await auditRecords()).some(ofRequest))
      const { event, resource, ...rest } = (await auditRecords()).find(ofRequest) as Changed

      assert.deepEqual([event, resource.name], ['compatibility-set', '*'])
      assert.deepEqual([rest.outcome, rest.code], [outcome, 'registry-unavailable'])
    }
  })

  test('has every kind of refusal, with who it was where that is known', async () => {
    const topic = uniqueName('guarded')
    const path = `/v1/topics/${topic}/events`
    const revoked = await createKey(gateway, { scopes: ['read'] })
    await revokeKey(gateway, revoked.id)
    const elsewhere = await createKey(gateway, { scopes: ['read'], addresses: ['192.0.2.1'] })
    const partner = await createKey(gateway, { scopes: ['read:other'] })
    const page = { pageOrigin: 'https://app.example.com' }
    const ticket = await takeTicket(gateway, { action: 'publish', topics: [topic] }, page)
    const me = (await auditRecords()).find(({ event }) => event === 'api-key-created') as Changed
    const nobody = { kind: 'nobody', id: null }
    const of = (kind: string, id: string) => ({ kind, id: `key:${id}`, apiKey: id })
    const cases: [code: string, who: object, ask: (headers: Record<string, string>) => Promise<{ status: number }>][] =
      [
        ['token-missing', nobody, (headers) => gateway.api.get(path, { token: null, headers })],
        ['token-invalid', nobody, (headers) => gateway.api.get(path, { token: 'a.b.c', headers })],
        ['key-invalid', nobody, (headers) => gateway.api.get(path, { token: newApiKeyText(partner.id).text, headers })],
        ['key-invalid', of('api-key', revoked.id), (headers) => gateway.api.get(path, { token: revoked.key, headers })],
        [
          'address-not-allowed',
          of('api-key', elsewhere.id),
          (headers) => gateway.api.get(path, { token: elsewhere.key, headers }),
        ],
        [
          'scope-missing',
          of('api-key', partner.id),
          (headers) => gateway.api.get(path, { token: partner.key, headers }),
        ],
        [
          'ticket-invalid',
          nobody,
          (headers) => gateway.api.post(`${path}?ticket=${ticket}A`, {}, { token: null, headers }),
        ],
        [
          'ticket-invalid',
          { ...me.who, kind: 'token' },
          (headers) => gateway.api.post(`${path}?ticket=${ticket}`, {}, { token: null, headers }),
        ],
      ]

    for (const [code, who, ask] of cases) {
      const headers = named()
      const { status } = await ask(headers)
      const record = await recordOf(headers)

      assert.ok([401, 403].includes(status))
      assert.deepEqual([record.code, record.who], [code, who])
      assert.deepEqual(record.resource, { kind: 'topic', name: topic })
      assert.equal(record.needed, code === 'scope-missing' ? `read:${topic}` : undefined)
      assert.match(record.operation ?? '', /^(readEvents|publishEvent)$/)
    }
  })

  test('has the holder of a ticket that is used up, or was taken for something else, also where the answer is 204', async (t) => {
    const topic = await numberTopic(t)
    const ticket = await takeTicket(gateway, { action: 'publish', topics: [topic] })
    const path = `/v1/topics/${topic}/events?ticket=${ticket}`
    const [other, again, source] = [named(), named(), named()]

    const wrong = await gateway.api.get(`/v1/stream?topics=${topic}&ticket=${ticket}`, { token: null, headers: other })
    assert.equal((await gateway.api.post(path, { n: 1 }, { token: null })).status, 201)
    const used = await gateway.api.post(path, { n: 1 }, { token: null, headers: again })
    const ended = await gateway.api.get(`/v1/stream?topics=${topic}&ticket=${ticket}`, {
      token: null,
      headers: { ...source, accept: 'text/event-stream' },
    })

    assert.deepEqual([wrong.status, used.status, ended.status], [403, 401, 204])
    const records = [await recordOf(other), await recordOf(again), await recordOf(source)]
    assert.deepEqual(
      records.map(({ code, who }) => [code, who.kind]),
      [
        ['scope-missing', 'ticket'],
        ['ticket-invalid', 'token'],
        ['ticket-invalid', 'token'],
      ],
    )
    for (const { who } of records) assert.ok(who.id && who.issuer)
  })

  test('has the topic that was not to be reached, wherever the request named it', async (t) => {
    const allowed = await numberTopic(t)
    const foreign = uniqueName('foreign')
    const token = await issueToken([`read:${allowed}`])
    const [listed, asked] = [named(), named()]
    await gateway.api.get(`/v1/stream?topics=${allowed},${foreign}`, { token, headers: listed })
    await gateway.api.post('/v1/tickets', { action: 'read', topics: [allowed, foreign] }, { token, headers: asked })

    for (const headers of [listed, asked]) {
      const { resource, needed } = await recordOf(headers)
      assert.deepEqual(resource, { kind: 'topic', name: foreign })
      assert.equal(needed, `read:${foreign}`)
    }
  })

  test('has the origins that may open no WebSocket, and the messages of one that are refused', async (t) => {
    const topic = await numberTopic(t)
    const foreign = uniqueName('foreign')
    const [refused, opened] = [named(), named()]

    const answer = await WebSocketClient.request(gateway, {
      query: { topics: topic },
      headers: { ...refused, origin: 'https://evil.example.com' },
    })
    const client = await WebSocketClient.open(t, gateway, {
      token: await issueToken([`read:${topic}`]),
      headers: opened,
    })
    await client.ask({ subscribe: { topics: [foreign] } })

    assert.ok(!(answer instanceof WebSocketClient) && answer.status === 403)
    assert.equal((await recordOf(refused)).code, 'origin-not-allowed')
    const record = await recordOf(opened)
    assert.deepEqual([record.code, record.resource?.name, record.operation], ['scope-missing', foreign, 'readStream'])
  })

  test('has one record, with their number, of refusals that are the same', async (t) => {
    const slow = await gatewayFor(t, { env: { HEADGATE_AUDIT_WINDOW_MS: '600000' } })
    const topic = uniqueName('flooded')
    const ask = () => slow.api.get(`/v1/topics/${topic}/events`, { token: null })

    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 20 }, ask))
    const metrics = (await slow.api.get('/metrics')).text
    await slow[Symbol.asyncDispose]()

    const of = (await auditRecords()).filter((each) => 'resource' in each && each.resource?.name === topic)
    assert.equal(of.length, 1)
    assert.equal((of[0] as Refused).count, 200)
    assert.match(metrics, /^headgate_audit_records_waiting 1$/m)
  })

  test('has no record from a gateway that is told to write none', async (t) => {
    const silent = await gatewayFor(t, { env: { ...promptAudit, HEADGATE_AUDIT_ENABLED: 'false' } })
    const [silenced, written] = [named(), named()]

    await silent.api.get('/v1/topics', { token: null, headers: silenced })
    await silent[Symbol.asyncDispose]()
    await gateway.api.get('/v1/topics', { token: null, headers: written })
    await recordOf(written)

    const records = await auditRecords()
    assert.ok(!records.some((each) => 'requestId' in each && each.requestId === silenced['x-request-id']))
  })

  test('is kept for 400 days, unless it is set otherwise', async () => {
    const settings = await topicSettings(auditTopic)

    assert.equal(settings.get('cleanup.policy'), 'delete')
    assert.equal(settings.get('retention.ms'), String(400 * 86_400_000))
    assert.equal(settings.get('retention.bytes'), '-1')
  })
})
