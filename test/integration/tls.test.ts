import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, symlinkSync } from 'node:fs'
import { Agent } from 'node:https'
import { before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { ConfigError } from '../../src/config/config-error.ts'
import { MountedSecret, makeCertificate, type TestCertificate } from '../support/certificates.ts'
import { gatewayFor } from '../support/gateway.ts'
import { untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { type TlsGateway, tlsGateway } from '../support/tls-gateway.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const run = promisify(execFile)

const partOf = async ({ client }: TlsGateway) => {
  const { json } = await client.call('/readyz')
  return { status: json.status, ...json.parts.certificate }
}

suite('a gateway that speaks TLS', () => {
  const first = makeCertificate('first')
  const second = makeCertificate('second')
  let topic: string
  before(async () => {
    topic = await numberTopic(untilTheRunEnds)
  })

  test('publishes, reads and streams, and names itself by https and wss', async (t) => {
    const { url, client } = await tlsGateway(t, first)
    assert.match(url, /^https:/)

    const published = await client.call(`/v1/topics/${topic}/events`, { body: { n: 1 } })
    const read = await client.call(String(published.headers.location))
    const webSocket = await WebSocketClient.open(
      t,
      { url },
      { query: { topics: topic, from: 'earliest' }, options: { ca: first.cert } },
    )
    await pollUntil(() => webSocket.events.length > 0)
    const unauthorized = await client.call('/v1/topics', { headers: { authorization: 'none' } })
    const { json: asyncapi } = await client.call('/asyncapi.json')

    assert.deepEqual([published.status, read.status, read.json.value], [201, 200, { n: 1 }])
    assert.match(String(unauthorized.headers['www-authenticate']), new RegExp(`resource_metadata="${url}/`))
    assert.deepEqual([asyncapi.servers.http.protocol, asyncapi.servers.webSocket.protocol], ['https', 'wss'])
  })

  test('is used by curl, and by Python', async (t) => {
    const { url, secret } = await tlsGateway(t, first)
    const python =
      'import ssl,sys,urllib.request as u;print(u.urlopen(sys.argv[1],context=ssl.create_default_context(cafile=sys.argv[2])).read().decode())'

    const curl = await run('curl', ['-sS', '-m', '20', '--cacert', secret.certFile, `${url}/livez`])
    const byPython = await run('python3', ['-c', python, `${url}/livez`, secret.certFile])

    for (const { stdout } of [curl, byPython]) assert.deepEqual(JSON.parse(stdout), { status: 'alive' })
  })

  const versions: [minVersion: 'TLSv1.2' | 'TLSv1.3', spoken: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3', isTaken: boolean][] = [
    ['TLSv1.2', 'TLSv1.1', false],
    ['TLSv1.2', 'TLSv1.2', true],
    ['TLSv1.2', 'TLSv1.3', true],
    ['TLSv1.3', 'TLSv1.2', false],
    ['TLSv1.3', 'TLSv1.3', true],
  ]
  for (const [minVersion, spoken, isTaken] of versions) {
    test(`from ${minVersion} on ${isTaken ? 'takes' : 'does not take'} ${spoken}`, async (t) => {
      const { client } = await tlsGateway(t, first, { HEADGATE_HTTP_TLS_MIN_VERSION: minVersion })

      // OpenSSL itself offers the oldest ones only where it is told to be weak.
      const opened = client.connect({ minVersion: spoken, maxVersion: spoken, ciphers: 'DEFAULT@SECLEVEL=0' })

      if (isTaken) {
        const socket = await opened
        assert.equal(socket.getProtocol(), spoken)
        socket.destroy()
      } else await assert.rejects(opened, /protocol version/i)
    })
  }

  test('shows new connections a new certificate, under load, and drops none that are open', async (t) => {
    const gateway = await tlsGateway(t, first)
    const { client, secret, url } = gateway
    client.ca.push(second.cert)
    const own = await numberTopic(t)
    const webSocket = await WebSocketClient.open(t, { url }, { query: { topics: own }, options: { ca: first.cert } })
    const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: client.ca })
    t.after(() => agent.destroy())
    const statuses: number[] = []
    let isOver = false
    const publish = async (options: { agent?: Agent }): Promise<void> => {
      for (let n = 0; !isOver; n++)
        statuses.push((await client.call(`/v1/topics/${own}/events`, { body: { n }, ...options })).status)
    }
    const traffic = [publish({ agent }), publish({ agent }), publish({}), publish({})]
    const connection = await client.connect()
    await pollUntil(() => webSocket.events.length > 20)

    for (const [certificate, fingerprint] of [
      [second, second.fingerprint],
      [first, first.fingerprint],
    ] as const) {
      secret.put(certificate)
      await pollUntil(async () => (await client.fingerprint()) === fingerprint)
      const seen = webSocket.events.length
      await pollUntil(() => webSocket.events.length > seen + 20)
    }
    isOver = true
    await Promise.all(traffic)

    assert.deepEqual(new Set(statuses), new Set([201]))
    await pollUntil(() => webSocket.events.length === statuses.length)
    assert.equal(webSocket.isEnded, false)
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.match(String((await once(connection, 'data'))[0]), /^HTTP\/1.1 200 /)
    connection.destroy()
    assert.equal((await partOf(gateway)).state, 'up')
    assert.equal(gateway.lines.filter(({ msg }) => msg === 'A new certificate is in use').length, 2)
  })

  const broken: [what: string, pair: () => Pick<TestCertificate, 'cert' | 'key'>, cause: RegExp][] = [
    [
      'a key that does not fit',
      () => ({ cert: second.cert, key: first.key }),
      /^http\.tls\.keyFile: the key does not fit/,
    ],
    [
      'no certificate',
      () => ({ cert: 'nonsense', key: second.key }),
      /^http\.tls\.certFile: expected a certificate in PEM/,
    ],
    ['no key', () => ({ cert: second.cert, key: '' }), /^http\.tls\.keyFile: expected a private key in PEM/],
    [
      'a file that is cut',
      () => ({ cert: second.cert.slice(0, 300), key: second.key }),
      /^http\.tls\.certFile: expected/,
    ],
    [
      'an encrypted key',
      () => makeCertificate('x', { passphrase: 'p' }),
      /^http\.tls\.keyFile: .*HEADGATE_SECRETS_TLS_KEY_PASS/,
    ],
    [
      'an expired certificate',
      () => makeCertificate('x', { days: -1 }),
      /^http\.tls\.certFile: the certificate expired at/,
    ],
  ]
  test('keeps its certificate where the new pair is broken, says so, and takes the next one that is right', async (t) => {
    const gateway = await tlsGateway(t, first)
    const { client, secret, lines } = gateway
    client.ca.push(second.cert)

    for (const [what, pair, cause] of broken) {
      secret.put(pair())
      await pollUntil(async () => cause.test((await partOf(gateway)).cause))
      assert.equal(await client.fingerprint(), first.fingerprint, what)
      assert.equal((await partOf(gateway)).status, 'degraded')
      assert.equal((await client.call('/readyz?strict=true')).status, 503)
      const told = lines.filter(({ level, cause: text }) => level === 'error' && cause.test(String(text)))
      assert.ok(told.length > 0, what)
    }
    rmSync(secret.keyFile)
    await pollUntil(async () => /keyFile: the file .* cannot be read \(ENOENT\)/.test((await partOf(gateway)).cause))
    symlinkSync('..data/tls.key', secret.keyFile)
    secret.put(second)

    await pollUntil(async () => (await client.fingerprint()) === second.fingerprint)
    assert.deepEqual([(await partOf(gateway)).state, (await partOf(gateway)).status], ['up', 'ready'])
    // Once for each fault, however often the files were read meanwhile.
    assert.equal(lines.filter(({ level }) => level === 'error').length, broken.length + 1)
    assert.doesNotMatch(JSON.stringify(lines), /PRIVATE KEY/)
  })

  for (const [what, pair, cause] of broken.slice(0, -1)) {
    test(`does not start with ${what}, and names the setting`, async (t) => {
      using secret = new MountedSecret(pair())

      await assert.rejects(gatewayFor(t, { env: secret.env }), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, cause)
        return true
      })
    })
  }

  test('does not start with half a pair, or a passphrase that is wrong', async (t) => {
    using secret = new MountedSecret(makeCertificate('x', { passphrase: 'right' }))
    const { HEADGATE_HTTP_TLS_KEY_FILE: _, ...half } = secret.env

    await assert.rejects(gatewayFor(t, { env: half }), /^ConfigError: HEADGATE_HTTP_TLS_KEY_FILE: is required/)
    const wrong = { ...secret.env, HEADGATE_SECRETS_TLS_KEY_PASSPHRASE: 'wrong-passphrase' }
    await assert.rejects(gatewayFor(t, { env: wrong }), (error: Error) => {
      assert.match(error.message, /^http\.tls\.keyFile: .* does not open it$/)
      assert.doesNotMatch(error.message, /wrong-passphrase/)
      return true
    })
  })

  test('takes an encrypted key with its passphrase', async (t) => {
    const encrypted = makeCertificate('x', { passphrase: 'a secret' })

    const { client } = await tlsGateway(t, encrypted, { HEADGATE_SECRETS_TLS_KEY_PASSPHRASE: 'a secret' })

    assert.equal(await client.fingerprint(), encrypted.fingerprint)
  })

  test('tells when its certificate expires: as a metric always, in the log from two weeks before', async (t) => {
    const soon = await tlsGateway(t, makeCertificate('x', { days: 13 }))
    const later = await tlsGateway(t, makeCertificate('x', { days: 15 }))
    const daysLeft = async ({ client }: TlsGateway): Promise<number> => {
      const { text } = await client.call('/metrics')
      const at = Number(/^headgate_certificate_expiry_timestamp_seconds (\d+)/m.exec(text)?.[1])
      return Math.round((at - Date.now() / 1000) / 86_400)
    }
    const warnings = ({ lines }: TlsGateway) => lines.filter(({ msg }) => msg === 'The certificate expires soon')

    assert.deepEqual([await daysLeft(soon), await daysLeft(later)], [13, 15])
    assert.deepEqual([warnings(soon).length, warnings(later).length], [1, 0])
    assert.equal((await partOf(soon)).status, 'ready')
  })

  test('starts with a certificate that has expired, degraded, for clients to decide', async (t) => {
    const secret = new MountedSecret(makeCertificate('x', { days: -1 }))
    t.after(() => secret[Symbol.dispose]())
    const { url } = await gatewayFor(t, { env: secret.env, awaitReady: false })

    await assert.rejects(run('curl', ['-sS', '-m', '20', '--cacert', secret.certFile, `${url}/livez`]), /expired/)
    await pollUntil(async () => {
      const { stdout } = await run('curl', ['-sS', '-k', '-m', '20', `${url}/readyz`])
      return JSON.parse(stdout).status === 'degraded' && /expired at/.test(JSON.parse(stdout).parts.certificate.cause)
    })
  })
})
