import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createKey } from '../support/api-keys.ts'
import { capturedLog } from '../support/captured-log.ts'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { startNginx } from '../support/nginx.ts'
import { pollUntil } from '../support/poll.ts'
import { type Refused, WebSocketClient, type WebSocketRequest } from '../support/web-socket-client.ts'

const wellKnown = '/.well-known/oauth-protected-resource'
const outside = '203.0.113.7'
// Elsewhere a machine has one loopback address.
const onlyOnLinux = { skip: process.platform !== 'linux' }
const adds = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $http_host;'

suite('a gateway behind a proxy', () => {
  const { log, lines } = capturedLog()
  const untrustedLog = capturedLog()
  let trusting: TestGateway
  let untrusting: TestGateway
  let key: string
  let topic: string
  before(async () => {
    trusting = await startGateway({ log, env: { HEADGATE_HTTP_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' } })
    untrusting = await startGateway({ log: untrustedLog.log, env: { HEADGATE_HTTP_TRUSTED_PROXIES: '192.0.2.1' } })
    ;({ key } = await createKey(trusting, { scopes: ['read'], addresses: ['203.0.113.0/24'] }))
    topic = await createTopic(untilTheRunEnds)
  })
  after(() => Promise.all([trusting[Symbol.asyncDispose](), untrusting[Symbol.asyncDispose]()]))

  const statusAt = async ({ api }: TestGateway, forwardedFor?: string): Promise<number> =>
    (
      await api.get('/v1/topics', {
        token: key,
        headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
      })
    ).status

  test('that it trusts takes the address it was told: for the addresses of an API key, and for the log', async () => {
    assert.equal(await statusAt(trusting, outside), 200)
    assert.equal(await statusAt(trusting, `${outside}, 10.1.2.3`), 200)
    await pollUntil(() => lines.filter(({ client }) => client === outside).length >= 2)
  })

  test('that it trusts still shows who wrote an address in front of its own', async () => {
    assert.equal(await statusAt(trusting, `${outside}, 198.51.100.1`), 403)
    assert.equal(await statusAt(trusting, `${outside}, not-an-address`), 403)
    assert.equal(await statusAt(trusting), 403)
    await pollUntil(() => lines.some(({ client, problem }) => client === '198.51.100.1' && problem !== undefined))
  })

  test('that it does not trust is itself the client, whatever it says', async () => {
    await pollUntil(async () => (await statusAt(untrusting)) === 403)

    assert.equal(await statusAt(untrusting, outside), 403)
    assert.equal(await statusAt(untrusting, '127.0.0.1, 10.0.0.1'), 403)
    const { lines: seen } = untrustedLog
    await pollUntil(() => seen.some(({ status }) => status === 403))
    assert.deepEqual(
      new Set(seen.flatMap(({ msg, client }) => (msg === 'request' ? [client] : []))),
      new Set(['127.0.0.1']),
    )
  })

  test('takes the same address for a WebSocket', async (t) => {
    const query = { topics: topic }
    const headersFrom = (address: string) => ({ 'x-forwarded-for': address })

    const webSocket = await WebSocketClient.open(t, trusting, { query, token: key, headers: headersFrom(outside) })
    await webSocket.leave()
    const elsewhere = { query, token: key, headers: headersFrom('198.51.100.1') }
    const refused = await refusal(trusting, elsewhere)

    assert.deepEqual([refused.status, refused.body.code], [403, 'address-not-allowed'])
    assert.equal((await refusal(untrusting, { ...elsewhere, headers: headersFrom(outside) })).status, 403)
  })

  test('names itself by https where a proxy that it trusts ends TLS, and by no other word', async () => {
    const resourceAt = async ({ url }: TestGateway, headers: Record<string, string>): Promise<string> =>
      ((await (await fetch(`${url}${wellKnown}`, { headers })).json()) as { resource: string }).resource
    const host = new URL(trusting.url).host

    assert.equal(await resourceAt(trusting, { 'x-forwarded-proto': 'https' }), `https://${host}`)
    assert.equal(await resourceAt(trusting, { 'x-forwarded-proto': 'javascript' }), `http://${host}`)
    assert.equal(await resourceAt(trusting, { 'x-forwarded-host': 'evil.example' }), `http://${host}`)
    assert.equal(await resourceAt(untrusting, { 'x-forwarded-proto': 'https' }), untrusting.url)
  })

  test(
    'that is a real nginx: the client is who spoke to nginx, and cannot make itself another',
    onlyOnLinux,
    async (t) => {
      const behind = await gatewayFor(t, { env: { HEADGATE_HTTP_TRUSTED_PROXIES: '127.0.0.2' } })
      const url = await startNginx(t, behind.url, `proxy_bind 127.0.0.2; ${adds}`)
      const here = await createKey(trusting, { scopes: ['read'], addresses: ['127.0.0.1'] })
      const statusOf = async (token: string, forwardedFor: string): Promise<number> => {
        const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': forwardedFor }
        return (await fetch(`${url}/v1/topics`, { headers })).status
      }

      await pollUntil(async () => (await statusOf(here.key, outside)) === 200)
      assert.equal(await statusOf(here.key, '127.0.0.2'), 200)
      assert.equal(await statusOf(key, outside), 403)
      assert.equal(await statusOf(key, `${outside}, 127.0.0.2`), 403)
    },
  )
})

async function refusal(gateway: TestGateway, request: WebSocketRequest): Promise<Refused> {
  const answer = await WebSocketClient.request(gateway, request)
  assert.ok(!(answer instanceof WebSocketClient))
  return answer
}
