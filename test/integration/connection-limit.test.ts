import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { makeCertificate } from '../support/certificates.ts'
import { gatewayFor } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { problemIn, rawExchange } from '../support/raw-http.ts'
import { tlsGateway } from '../support/tls-gateway.ts'

const limit = 20
const reserve = 256
const env = { HEADGATE_HTTP_CONNECTIONS: String(limit) }
const request = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`

async function occupy(t: TestContext, url: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  t.after(() => sockets.forEach((socket) => void socket.destroy()))
  await Promise.all(
    sockets.map((socket) =>
      once(
        socket.on('error', () => {}),
        'connect',
      ),
    ),
  )
  return sockets
}

suite('more connections than http.connections', () => {
  test('are answered 503 and closed, but for probes; and served again once there is room', async (t) => {
    const { url, api } = await gatewayFor(t, { env })
    const occupied = await occupy(t, url, limit)
    const open = async (): Promise<number> =>
      Number(
        /^headgate_connections_open (\d+)/m.exec(
          await rawExchange(url, [request('/metrics', 'Connection: close\r\n')]),
        )?.[1],
      )
    await pollUntil(async () => (await open()) > limit)

    const refused = await rawExchange(url, [request('/openapi.yaml')])
    const probed = await rawExchange(url, [request('/livez', 'Connection: close\r\n')])
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const webSocket = await rawExchange(url, [request('/v1/stream', upgrade)])

    assert.match(probed, /^HTTP\/1.1 200 /)
    for (const answer of [refused, webSocket]) {
      assert.match(answer, /^HTTP\/1.1 503 .*\r\nretry-after: 1\r\n.*\r\nconnection: close\r\n/is)
      assert.equal(problemIn(answer).code, 'gateway-full')
    }
    // Who was there before is served on.
    const [first] = occupied
    first?.write(request('/openapi.yaml'))
    assert.match(String((await once(first as Socket, 'data'))[0]), /^HTTP\/1.1 200 /)
    for (const socket of occupied) socket.destroy()
    await pollUntil(async () => (await open()) < limit)
    assert.equal((await api.get('/openapi.yaml')).status, 200)
  })

  test('and some hundreds beyond, are closed unread, and counted', async (t) => {
    const { url, api } = await gatewayFor(t, { env })
    await api.get('/livez')
    const cuts = async (): Promise<number> =>
      Number(/^headgate_connections_cut_total\{reason="limit"\} (\d+)/m.exec((await api.get('/metrics')).text)?.[1])
    assert.equal(await cuts(), 0)

    const sockets = await occupy(t, url, limit + reserve + 40)
    await pollUntil(() => sockets.filter(({ closed }) => closed).length >= 40)

    assert.equal(await rawExchange(url, [request('/livez')]), '')
    assert.ok((await cuts()) >= 40)
  })

  test('are told so over TLS, too', async (t) => {
    const { url, client } = await tlsGateway(t, makeCertificate('gateway'), env)
    await occupy(t, url, limit)
    await pollUntil(
      async () => Number(/connections_open (\d+)/.exec((await client.call('/metrics')).text)?.[1]) > limit,
    )

    const refused = await client.call('/openapi.yaml')

    assert.deepEqual([refused.status, refused.json.code], [503, 'gateway-full'])
    assert.equal((await client.call('/readyz')).status, 200)
  })
})
