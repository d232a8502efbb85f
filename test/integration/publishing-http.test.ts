import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { pollUntil } from '../support/poll.ts'
import { problemIn, rawExchange } from '../support/raw-http.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

suite('HTTP itself, where events are published', () => {
  let gateway: TestGateway
  let topic: string
  let path: string
  let token: string
  before(async () => {
    gateway = await startGateway({
      env: {
        HEADGATE_HTTP_HEADERS_TIMEOUT_MS: '1000',
        HEADGATE_HTTP_BODY_TIMEOUT_MS: '700',
        HEADGATE_HTTP_CORS_ORIGINS: 'https://app.example.com',
      },
    })
    token = await issueToken(['publish'])
    topic = await createTopic(untilTheRunEnds)
    await registerSchema(`${topic}-value`, 'string')
    path = `/v1/topics/${topic}/events`
  })
  after(() => gateway[Symbol.asyncDispose]())

  const head = (rest: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\n${rest}\r\n\r\n`

  const badParameters: readonly [search: string, pointers: string[]][] = [
    ['?kye=k', ['kye']],
    ['?key=a&key=b', ['key']],
    ['?key=%E9', ['key']],
    ['?key=%zz', ['key']],
    ['?%=1', ['query']],
    ['?partition=-1&timestamp=never&Key=k', ['Key', 'partition']],
    ['?partition=1.5', ['partition']],
    ['?partition=2147483648', ['partition']],
    [`?${'n'.repeat(5_000)}=1`, [`${'n'.repeat(39)}…`]],
  ]
  for (const [search, pointers] of badParameters) {
    test(`${search.slice(0, 60)} is 400, which names each parameter that is wrong`, async () => {
      const answer = await gateway.api.post(`${path}${search}`, '"a"')

      assert.equal(answer.status, 400)
      assert.equal(answer.body.code, 'invalid-parameter')
      assert.deepEqual(
        answer.body.faults.map(({ pointer }: { pointer: string }) => pointer),
        pointers,
      )
      assert.ok(answer.text.length < 2_000)
    })
  }

  const badPaths: readonly [badPath: () => string, status: number, code: string][] = [
    [() => `${path}/`, 404, 'route-not-found'],
    [() => path.replace('/events', '/EVENTS'), 404, 'route-not-found'],
    [() => path.replace('/v1', '/V1'), 404, 'route-not-found'],
    [() => `${path}/batches`, 404, 'route-not-found'],
    [() => '/v1/topics/a%2Fb/events', 400, 'invalid-parameter'],
    [() => '/v1/topics/a%20b/events', 400, 'invalid-parameter'],
    [() => `/v1/topics/${'t'.repeat(250)}/events`, 400, 'invalid-parameter'],
    [() => '/v1/topics/%E9/events', 400, 'malformed-request'],
    [() => '/v1/topics/__consumer_offsets/events', 403, 'scope-missing'],
  ]
  for (const [badPath, status, code] of badPaths) {
    test(`${String(badPath).slice(6, 60)} is ${status} ${code}`, async () => {
      const answer = await gateway.api.post(badPath(), '"a"')

      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.code, code)
    })
  }

  test('a method that the path does not take is 405 with Allow', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      const answer = await gateway.api.call(path, { method })
      assert.equal(answer.status, 405)
      assert.equal(answer.body.code, 'method-not-allowed')
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST')
    }
    for (const method of ['GET', 'HEAD']) {
      const answer = await gateway.api.call(`${path}/batch`, { method })
      assert.equal(answer.status, 405)
      assert.equal(answer.headers.get('allow'), 'POST')
    }
  })

  test('OPTIONS names all methods of a path, of whatever router', async (t) => {
    const { url } = await gatewayFor(t)
    const allowOf = async (at: string) => {
      const { status, headers } = await fetch(`${url}${at}`, { method: 'OPTIONS' })
      return { status, allow: headers.get('allow') }
    }

    assert.deepEqual(await allowOf(path), { status: 204, allow: 'GET, HEAD, POST' })
    assert.deepEqual(await allowOf(`${path}/batch`), { status: 204, allow: 'POST' })
    assert.deepEqual(await allowOf('/v1/nothing'), { status: 404, allow: null })
  })

  test('a page of a listed origin may publish and read the answer; one of another may not', async () => {
    const preflight = (origin: string) =>
      fetch(`${gateway.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'event-key' },
      })

    const listed = await preflight('https://app.example.com')
    const other = await preflight('https://app.example.com.evil.example')
    const answer = await gateway.api.post(path, '"a"', { headers: { origin: 'https://app.example.com' } })

    assert.equal(listed.headers.get('access-control-allow-origin'), 'https://app.example.com')
    assert.match(listed.headers.get('access-control-allow-headers') ?? '', /event-key/)
    assert.equal(other.headers.get('access-control-allow-origin'), null)
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://app.example.com')
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /Location/)
  })

  const unparsed: readonly [what: string, request: () => string, status: number, code: string][] = [
    ['garbage', () => 'hello\r\n\r\n', 400, 'malformed-request'],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01', 400, 'malformed-request'],
    ['a line end in a header', () => head('A: b\nc: d\0'), 400, 'malformed-request'],
    ['no Host', () => `GET /livez HTTP/1.1\r\n\r\n`, 400, 'malformed-request'],
    ['two lengths', () => head('Content-Length: 3\r\nContent-Length: 4'), 400, 'malformed-request'],
    [
      'a length and chunks',
      () => `${head('Content-Length: 3\r\nTransfer-Encoding: chunked')}0\r\n\r\n`,
      400,
      'malformed-request',
    ],
    ['a chunk that is none', () => `${head('Transfer-Encoding: chunked')}zz\r\n"a"\r\n`, 400, 'malformed-request'],
    ['40 KiB of headers', () => head(`X: ${'x'.repeat(40_960)}`), 431, 'headers-too-large'],
    ['headers that do not end', () => 'GET /livez HTTP/1.1\r\nHost: a\r\n', 408, 'request-timeout'],
    ['a body that does not end', () => `${head('Content-Length: 30')}"a`, 408, 'request-timeout'],
  ]
  for (const [what, request, status, code] of unparsed) {
    test(`${what} is ${status} ${code}, on a new connection and after an answer; then it is closed`, async () => {
      const live = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'
      const first = await rawExchange(gateway.url, [request()])
      const second = await rawExchange(gateway.url, [live, /alive/, request()])

      assert.match(first, new RegExp(`^HTTP/1.1 ${status} `))
      assert.match(second, new RegExp(`^HTTP/1.1 200 .*HTTP/1.1 ${status} `, 's'))
      for (const answer of [first, second]) {
        assert.match(answer, /content-type: application\/problem\+json/i)
        assert.equal(problemIn(answer).status, status)
        assert.equal(problemIn(answer).code, code)
      }
    })
  }

  test('garbage behind a publish does not take the place of its answer', async () => {
    const before = await nextOffsets(gateway.api, topic)

    const answer = await rawExchange(gateway.url, [`${head('Content-Length: 3')}"a"hello\r\n\r\n`])

    assert.match(answer, /^HTTP\/1.1 201 /)
    assert.deepEqual(await nextOffsets(gateway.api, topic), [(before[0] as number) + 1])
  })

  test('a caller who asks for the connection to close gets an early answer, though it still sends', async () => {
    const bytes = 30_000_000
    const request = head(`Content-Length: ${bytes}\r\nConnection: close`)

    const answer = await rawExchange(gateway.url, [request, Buffer.alloc(bytes, 'x')], { readsLast: true })

    assert.match(answer, /^HTTP\/1.1 413 /)
    assert.equal(problemIn(answer).code, 'event-too-large')
  })

  test('a body that is answered before it has arrived is read no longer than a body may take', async () => {
    const unauthorized = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n`
    const startedAt = Date.now()

    const answer = await rawExchange(gateway.url, [unauthorized])

    assert.match(answer, /^HTTP\/1.1 401 /)
    assert.ok(Date.now() - startedAt < 5_000)
  })

  test('a caller that leaves in the middle of a body writes nothing, and the gateway goes on', async () => {
    const left = async (): Promise<number> => {
      const { text } = await gateway.api.get('/metrics')
      return Number(/operation="publishEvent",status="499"\} (\d+)/.exec(text)?.[1] ?? 0)
    }
    const leftBefore = await left()
    const before = await nextOffsets(gateway.api, topic)
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    await new Promise((resolve) => socket.write(`${head('Content-Length: 30')}"a`, resolve))

    socket.resetAndDestroy()

    await pollUntil(async () => (await left()) > leftBefore)
    assert.deepEqual(await nextOffsets(gateway.api, topic), before)
    const metrics = (await gateway.api.get('/metrics')).text
    assert.doesNotMatch(metrics, /status="500"/)
  })

  test('Expect: 100-continue is answered before the body', async () => {
    const request = head('Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close')

    const answer = await rawExchange(gateway.url, [request, '"a"'])

    assert.match(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /)
  })

  test('two Event-Key headers are 400, not one key of both', async () => {
    const request = head('Event-Key: a\r\nEvent-Key: b\r\nContent-Length: 3\r\nConnection: close')

    const answer = await rawExchange(gateway.url, [request, '"a"'])

    assert.match(answer, /^HTTP\/1.1 400 /)
    assert.equal(problemIn(answer).code, 'invalid-parameter')
  })
})
