import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { createKey, keysToken } from '../support/api-keys.ts'
import { apiKeyPepper, gatewayFor } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const canary = (name: string): string => `canary-${name}-${'x'.repeat(60)}-end-of-${name}`

suite('an API key', () => {
  test('is in no log line, metric or answer but the one that shows it; its id is in the lines of its requests', async (t) => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const gateway = await gatewayFor(t, { log })
    const { api } = gateway
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, { type: 'map', values: 'int' })
    const { id, key } = await createKey(gateway, { scopes: ['publish', 'read'] })
    const elsewhere = await createKey(gateway, { scopes: ['read'], addresses: ['192.0.2.1'] })
    const token = await keysToken()
    const rotated = await api.post(`/v1/api-keys/${id}/rotate`, {}, { token })
    const [altered, path] = [`${key.slice(0, -2)}00`, `/v1/topics/${topic}/events`]

    const answers = [
      await api.post(path, { a: 1 }, { token: key }),
      await api.post(path, { a: 1 }, { token: rotated.body.key }),
      await api.get(path, { token: altered }),
      await api.get('/v1/topics', { token: elsewhere.key }),
      await api.get('/v1/api-keys', { token }),
      await api.get(`/v1/api-keys/${id}`, { token }),
      await api.get('/v1/api-keys', { token: key }),
      await api.call(`/v1/api-keys/${id}`, { method: 'DELETE', token }),
      await api.get('/v1/topics', { token: key }),
      await api.get(`/v1/topics?api_key=${key}`, { token }),
    ]

    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses, [201, 201, 401, 403, 200, 200, 403, 200, 401, 403])
    const ofKey = lines.filter((line) => line.includes('"publishEvent"'))
    assert.equal(ofKey.length, 2)
    for (const line of ofKey) assert.equal(JSON.parse(line).apiKey, id)
    for (const event of ['created', 'rotated', 'revoked']) {
      assert.ok(lines.some((line) => line.includes(`An API key was ${event}`) && line.includes(id)))
    }
    const metrics = (await api.get('/metrics')).text
    const secrets = [key, rotated.body.key, altered, elsewhere.key].map((text: string) => text.slice(20, 40))
    const written = [...lines, metrics, ...answers.map(({ headers, text }) => [...headers].join() + text)]
    for (const [at, text] of written.entries()) {
      for (const secret of secrets) assert.ok(!text.includes(secret), `${at}: ${text}`)
      assert.ok(!text.includes(apiKeyPepper))
    }
  })
})

suite('what a caller sends', () => {
  test('is in no log line or metric, and in no answer but for the 40 characters of found', async (t) => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
    const { api } = await gatewayFor(t, { log })
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, { type: 'map', values: 'int' })
    const token = await issueToken(['publish'])
    const path = `/v1/topics/${topic}/events`
    const headers = {
      'event-key': canary('key'),
      'event-headers': JSON.stringify({ h: canary('header') }),
      prefer: canary('prefer'),
      traceparent: canary('trace'),
      'x-request-id': canary('request'),
      'user-agent': canary('agent'),
    }
    const text = canary('value')

    const answers = [
      await api.post(path, { a: text }, { headers, token }),
      await api.post(path, { a: 1 }, { headers, token }),
      await api.post(
        `${path}/validate`,
        { a: text },
        { headers: { 'event-headers': headers['event-headers'] }, token },
      ),
      await api.post(`${path}?key=${text}&partition=${text}&timestamp=${text}`, { a: 1 }, { token }),
      await api.post(`${path}?${text}=1`, { a: 1 }, { token }),
      await api.post(
        `${path}/batch`,
        { events: [{ value: { a: text }, key: text, headers: { __h: text } }] },
        { token },
      ),
      await api.post(`${path}/batch`, { events: [{ value: 1, [text]: text, timestamp: text }] }, { token }),
      await api.post(`${path}/batch`, { events: [{ value: 1, timestamp: text }], onRefusal: 'skip' }, { token }),
      await api.post(path, `{"a":"${text}",`, { token }),
      await api.post(path, text, { token }),
      await api.post(path, '1', { headers: { 'content-type': text }, token }),
      await api.post(path, '1', { headers: { 'content-encoding': text }, token }),
      await api.post(path, '1', { headers: { 'idempotency-key': text }, token }),
      await api.post(path, '1', { headers: { authorization: `Bearer ${text}` } }),
    ]

    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(statuses, [422, 201, 200, 400, 400, 422, 400, 400, 400, 400, 415, 415, 400, 401])
    const metrics = (await api.get('/metrics')).text
    assert.match(metrics, /headgate_requests_total/)
    assert.ok(lines.some((line) => line.includes('"publishEvent"') && line.includes('"status":422')))
    for (const written of [...lines, metrics]) {
      assert.doesNotMatch(written, /canary/)
      assert.ok(!written.includes(token.slice(-40)), 'the token was written')
    }
    for (const answer of answers) {
      const shown = [...answer.headers].join() + answer.text
      for (const [echo] of shown.matchAll(/canary[-a-z]*/g)) assert.ok(echo.length <= 40, `${answer.status} ${echo}`)
      assert.ok(!shown.includes(token.slice(-40)), 'the token was echoed')
    }
  })
})
