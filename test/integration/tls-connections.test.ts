import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect } from 'node:net'
import { suite, test } from 'node:test'
import { capturedLog } from '../support/captured-log.ts'
import { MountedSecret, makeCertificate } from '../support/certificates.ts'
import { gatewayFor, startGateway } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { problemIn, rawExchange } from '../support/raw-http.ts'
import { TlsClient } from '../support/tls-client.ts'
import { tlsGateway } from '../support/tls-gateway.ts'
import { issueToken } from '../support/tokens.ts'

suite('connections to a gateway that speaks TLS', () => {
  const certificate = makeCertificate('gateway')
  const limits = { HEADGATE_HTTP_HEADERS_TIMEOUT_MS: '700', HEADGATE_HTTP_BODY_TIMEOUT_MS: '700' }

  test('that bring plain HTTP, or anything else, are closed, counted and noted; and it goes on', async (t) => {
    const { url, client, lines } = await tlsGateway(t, certificate)
    const requests = [
      'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n',
      'SSH-2.0-x\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01',
      '\0'.repeat(100_000),
    ]

    for (const request of requests) {
      const answer = await rawExchange(url, [request], { closesItsHalf: true })
      // At most a TLS alert.
      assert.ok(answer.length <= 7, JSON.stringify(answer))
    }
    await assert.rejects(client.connect({ ALPNProtocols: ['h2'] }), /no application protocol/)

    assert.equal((await client.call('/livez')).status, 200)
    const noted = lines.filter(({ msg }) => msg === 'A TLS handshake failed')
    assert.ok(noted.some(({ code, client: from }) => code === 'ERR_SSL_HTTP_REQUEST' && from === '127.0.0.1'))
    assert.ok(noted.length >= 4)
    assert.match((await client.call('/metrics')).text, /^headgate_connections_cut_total\{reason="tls"\} [45]$/m)
  })

  test('that bring TLS to a gateway without it are told, closed and noted', async (t) => {
    const { log, lines } = capturedLog()
    const { url, api } = await gatewayFor(t, { log })
    const client = new TlsClient(url, [], '')

    await assert.rejects(client.connect(), /wrong version number|packet length/)

    await pollUntil(() =>
      lines.some(({ msg, code }) => msg === 'A connection brought no request' && code === 'HPE_INVALID_METHOD'),
    )
    assert.equal((await api.get('/livez')).status, 200)
  })

  test('that never finish a handshake are cut by the time limit of headers', async (t) => {
    const { url, client, lines } = await tlsGateway(t, certificate, limits)
    const beginning = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'

    assert.equal(await rawExchange(url, []), '')
    assert.equal(await rawExchange(url, [beginning]), '')

    assert.equal(lines.filter(({ code }) => code === 'ERR_TLS_HANDSHAKE_TIMEOUT').length, 2)
    assert.equal((await client.call('/livez')).status, 200)
  })

  const slow: [what: string, request: (topic: string) => Promise<string>][] = [
    ['headers that do not end', async () => 'GET /livez HTTP/1.1\r\nHost: a\r\n'],
    ['nothing', async () => ''],
    [
      'a body that does not end',
      async (topic) =>
        `POST /v1/topics/${topic}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await issueToken(['publish'])}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ]
  for (const [what, request] of slow) {
    test(`that bring ${what} are answered 408 and closed`, async (t) => {
      const { client } = await tlsGateway(t, certificate, limits)
      const socket = await client.connect()
      let answer = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text
      })
      socket.write(await request(await createTopic(t)))

      await once(socket, 'close')

      assert.match(answer, /^HTTP\/1.1 408 /)
      assert.equal(problemIn(answer).code, 'request-timeout')
    })
  }

  test('get an early answer, though they still send', async (t) => {
    const { client } = await tlsGateway(t, certificate)
    const socket = await client.connect()
    let answer = ''
    socket.pause()
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    const head = `POST /v1/topics/${await createTopic(t)}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await issueToken(['publish'])}\r\n`
    socket.write(`${head}Content-Type: application/json\r\nContent-Length: 20000000\r\nConnection: close\r\n\r\n`)
    await new Promise((resolve) => socket.write(Buffer.alloc(20_000_000, 'x'), resolve))

    socket.resume()
    await once(socket, 'close')

    assert.match(answer, /^HTTP\/1.1 413 /)
  })

  test('that are open and idle, or in a handshake, do not hold up a stop', async (t) => {
    using secret = new MountedSecret(certificate)
    const stopping = await startGateway({ env: secret.env, awaitReady: false })
    const client = new TlsClient(stopping.url, [certificate.cert], '')
    const agent = new Agent({ keepAlive: true, ca: client.ca })
    t.after(() => agent.destroy())
    assert.equal((await client.call('/livez', { agent })).status, 200)
    const unused = await client.connect()
    const silent = connect(Number(new URL(stopping.url).port), '127.0.0.1')
    await once(silent, 'connect')
    const closed = Promise.all(
      [unused, silent].map((socket) =>
        once(
          socket.on('error', () => {}),
          'close',
        ),
      ),
    )
    const began = performance.now()

    await stopping[Symbol.asyncDispose]()
    await closed

    assert.ok(performance.now() - began < 3_000)
  })
})
