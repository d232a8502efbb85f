import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { requestToken } from '../../local/issuer.ts'
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.ts'
import { sharedParts } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { issueToken } from '../support/tokens.ts'
import { handshakeHeaders, upgradeRequest, WebSocketClient } from '../support/web-socket-client.ts'

const shortToken = (seconds: number, scopes: readonly string[] = ['read', 'publish']): Promise<string> => {
  const { url, clientId, clientSecret } = sharedParts().issuer
  return requestToken({ issuer: url, client: { clientId, clientSecret }, scopes, lifetimeSeconds: seconds })
}

/** A gateway that the test stops itself. */
async function stoppable(
  t: TestContext,
  options: GatewayOptions = {},
): Promise<TestGateway & { stop: () => Promise<number> }> {
  const gateway = await startGateway(options)
  let stopping: PromiseLike<void> | undefined
  const stop = async () => {
    const startedAt = performance.now()
    stopping ??= gateway[Symbol.asyncDispose]()
    await stopping
    return performance.now() - startedAt
  }
  t.after(stop)
  return { ...gateway, stop }
}

suite('a WebSocket ends', () => {
  test('with a closing message and 1001 when the replica stops, which does not wait for more', async (t) => {
    const gateway = await stoppable(t)
    const topic = await numberTopic(t)
    const reading = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    const idle = await WebSocketClient.open(t, gateway)

    const ms = await gateway.stop()

    assert.ok(ms < 3_000, `${ms}`)
    for (const client of [reading, idle]) {
      assert.deepEqual(await client.ended(), { code: 1001, reason: 'gateway-stopping' })
      assert.equal(client.messages.at(-1)?.content.code, 'gateway-stopping')
    }
  })

  test('by force when the replica stops and the client takes no part in it', async (t) => {
    const gateway = await stoppable(t, { env: { HEADGATE_STOP_LIMIT_MS: '2000' } })
    const token = await issueToken(['read'])
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    t.after(() => socket.destroy())
    let answer = ''
    let isClosed = false
    socket
      .on('error', () => {})
      .on('close', () => {
        isClosed = true
      })
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.write(upgradeRequest(token, handshakeHeaders))
    await pollUntil(() => answer.includes('\r\n\r\n'))

    const ms = await gateway.stop()

    assert.ok(ms < 3_000, `${ms}`)
    await pollUntil(() => isClosed)
    assert.match(answer, /^HTTP\/1\.1 101 [\s\S]*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/)
    assert.match(answer, /gateway-stopping/)
  })

  test('after a challenge, with 1008, when its token expires', async (t) => {
    const gateway = await stoppable(t, { env: { HEADGATE_AUTH_LEEWAY_SECONDS: '0' } })
    const topic = await numberTopic(t)

    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic }, token: await shortToken(4) })
    const { content } = await client.until('challenge')

    assert.equal(content.code, 'token-invalid')
    assert.deepEqual(await client.ended(), { code: 1008, reason: 'token-invalid' })
    assert.equal(client.messages.at(-1)?.content.code, 'token-invalid')
  })

  test('not when its token expires, where another one was given in time', async (t) => {
    const gateway = await stoppable(t, { env: { HEADGATE_AUTH_LEEWAY_SECONDS: '0' } })
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic }, token: await shortToken(4) })
    const { content } = await client.until('challenge')

    const reply = await client.ask({ authenticate: { token: await shortToken(600) } })
    const firstExpiry = Date.parse(content.expiresAt)
    await pollUntil(() => Date.now() > firstExpiry + 2_500)
    await publishNumbers(gateway.api, topic, 0, 3)
    await client.count(3)

    assert.deepEqual(reply.authenticated.left, [])
    assert.ok(Date.parse(reply.authenticated.expiresAt) > firstExpiry + 60_000)
    assert.equal(client.events.length, 3)
    assert.equal(client.isEnded, false)
  })

  test('and is one request in the log, with 101', async (t) => {
    const lines: { operation?: string; status?: number }[] = []
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
    const gateway = await stoppable(t, { log })
    const client = await WebSocketClient.open(t, gateway)
    await client.ask({ pause: { topics: ['not-read'] } })

    await client.leave()
    await pollUntil(() => lines.some(({ operation }) => operation === 'readStream'))

    assert.deepEqual(
      lines.filter(({ operation }) => operation === 'readStream').map(({ status }) => status),
      [101],
    )
  })

  test('with 1000 and the reason when it has reached its age', async (t) => {
    const gateway = await stoppable(t, { env: { HEADGATE_STREAM_MAXIMUM_AGE_MS: '1000' } })

    const client = await WebSocketClient.open(t, gateway)

    assert.deepEqual(await client.ended(), { code: 1000, reason: 'stream-age-reached' })
  })
})
