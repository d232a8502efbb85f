import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { suite, type TestContext, test } from 'node:test'
import { pino } from 'pino'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { PeerListener, type PeerListenerParts, type PeerRoutes } from '../../../src/peers/peer-listener.ts'
import type { Peer } from '../../../src/peers/peer-names.ts'
import { PeerSigner } from '../../../src/peers/peer-signer.ts'
import { Peers } from '../../../src/peers/peers.ts'
import { cursorSecret } from '../../support/gateway.ts'
import { pollUntil } from '../../support/poll.ts'

const log = pino({ level: 'silent' })
const settings = { host: '127.0.0.1', port: 0 }
const signer = new PeerSigner([cursorSecret])
const timeoutMs = 10_000
const peerProgram = new URL('./peer-process.ts', import.meta.url).pathname

async function listenerFor(t: TestContext, routes: PeerRoutes, parts: Partial<PeerListenerParts> = {}) {
  const listener = await PeerListener.listen({ settings, signer, log, ...parts })
  listener.serve(routes)
  t.after(() => listener[Symbol.asyncDispose]())
  return listener
}

function peersFor(t: TestContext, by = signer, mostCalls?: number): Peers {
  const peers = new Peers({ signer: by, log, ...(mostCalls !== undefined && { mostCalls }) })
  t.after(() => peers[Symbol.asyncDispose]())
  return peers
}

const isProblem = (code: string) => (error: unknown) => error instanceof GatewayError && error.code === code

interface Attempt {
  method?: string
  path?: string
  body?: string
  headers?: Record<string, string>
}

/** What the listener answers to a request as it stands, or how the connection ended. */
async function attempt({ address }: Peer, { method = 'POST', path = '/echo', body = '{}', headers = {} }: Attempt) {
  const req = request(`http://${address}${path}`, { method, headers, agent: false })
  req.end(body)
  try {
    const [res] = await once(req, 'response', { signal: AbortSignal.timeout(5_000) })
    res.resume()
    return res.statusCode
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

const signed = (peer: Peer, { path = '/echo', body = '{}', by = signer, to = peer.instance } = {}) => ({
  authorization: `Headgate ${by.signRequest(to, path, Buffer.from(body)).text}`,
})

async function startProcess(t: TestContext): Promise<{ peer: Peer; child: ReturnType<typeof spawn> }> {
  const child = spawn(process.execPath, [peerProgram], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  if (!child.stdout) throw new Error('its output is a pipe')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { peer: JSON.parse(line), child }
}

suite('calls between replicas', () => {
  test('a body gets there and the answer comes back, digit by digit', async (t) => {
    const { self } = await listenerFor(t, { '/echo': async (body) => body })
    const body = { text: 'é\u0000', list: [null, true, 0.1], long: JSON.rawJSON('9007199254740993') }

    const answer = await peersFor(t).call(self, { path: '/echo', body, timeoutMs })

    assert.equal(answer.bytes.toString(), JSON.stringify(body))
    assert.equal(JSON.stringify(answer.json()), JSON.stringify(body))
  })

  test('an error arrives as the same error, without its cause', async (t) => {
    const extras = { retryAfterSeconds: 7, members: { lastLine: 3 }, headers: { allow: 'GET' } }
    const { self } = await listenerFor(t, {
      '/full': () =>
        Promise.reject(new GatewayError('gateway-full', 'No room: ümlaut.', { ...extras, cause: new Error('secret') })),
      '/broken': () => Promise.reject(new Error('secret')),
    })
    const peers = peersFor(t)

    await assert.rejects(peers.call(self, { path: '/full', body: {}, timeoutMs }), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.deepEqual(
        { code: error.code, message: error.message, extras: error.extras, cause: error.cause },
        { code: 'gateway-full', message: 'No room: ümlaut.', extras, cause: undefined },
      )
      return true
    })
    await assert.rejects(peers.call(self, { path: '/broken', body: {}, timeoutMs }), (error) => {
      assert.ok(isProblem('internal')(error))
      assert.doesNotMatch(String(error), /secret/)
      return true
    })
    await assert.rejects(peers.call(self, { path: '/unknown', body: {}, timeoutMs }), isProblem('replica-unavailable'))
    await assert.rejects(peers.call(self, { path: '/toString', body: {}, timeoutMs }), isProblem('replica-unavailable'))
  })

  test('what is not signed, or for something else, has its connection closed without a word, and runs nothing', async (t) => {
    let ran = 0
    const { self } = await listenerFor(t, {
      '/echo': async () => {
        ran += 1
      },
    })
    const other = new PeerSigner(['another-secret-of-tests-0123456789abcdef'])
    const late = new PeerSigner([cursorSecret], () => Date.now() - 31_000)
    const early = new PeerSigner([cursorSecret], () => Date.now() + 31_000)
    const { authorization } = signed(self)
    const otherEnd = authorization.endsWith('AA') ? 'BA' : 'AA'
    const answerKey = { authorization: `Headgate ${signer.signAnswer('n', 200, Buffer.from('{}'))}` }

    const refused: Record<string, Attempt> = {
      unsigned: {},
      'a bearer token': { headers: { authorization: 'Bearer abc' } },
      'another secret': { headers: signed(self, { by: other }) },
      'another receiver': { headers: signed(self, { to: 'another' }) },
      'too late': { headers: signed(self, { by: late }) },
      'too early': { headers: signed(self, { by: early }) },
      'another path': { headers: signed(self), path: '/other' },
      'another method': { headers: signed(self), method: 'PUT' },
      'another body': { headers: signed(self), body: '{"a":1}' },
      'a body cut short': { headers: signed(self, { body: '{"a":1}' }), body: '{"a"' },
      'a body that is too large': {
        headers: signed(self, { body: 'x'.repeat(5_000_000) }),
        body: 'x'.repeat(5_000_000),
      },
      'the key of answers': { headers: answerKey },
      'a changed signature': { headers: { authorization: authorization.slice(0, -2) + otherEnd } },
      'an expectation': { headers: { expect: '100-continue' } },
      'an upgrade': { headers: { connection: 'upgrade', upgrade: 'websocket' }, method: 'GET' },
    }
    for (const [what, request] of Object.entries(refused)) {
      assert.match(String(await attempt(self, request)), /^(ECONNRESET|EPIPE)$/, what)
    }

    assert.equal(ran, 0)
    assert.equal(await attempt(self, { headers: signed(self) }), 200)
  })

  test('a request that is sent again is refused, and so is what is no HTTP', async (t) => {
    let ran = 0
    const { self } = await listenerFor(t, {
      '/echo': async () => {
        ran += 1
      },
    })
    const headers = signed(self)

    const answers = await Promise.all([1, 2, 3, 4].map(() => attempt(self, { headers })))
    const socket = connect(Number(self.address.split(':')[1]), '127.0.0.1')
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk
    })
    socket.on('error', () => {})
    socket.write('no http at all\r\n\r\n')
    await once(socket, 'close')

    assert.deepEqual(answers.map(String).sort(), ['200', 'ECONNRESET', 'ECONNRESET', 'ECONNRESET'])
    assert.equal(ran, 1)
    assert.equal(said, '')
  })

  test('an answer that the secret has not signed is none: somebody else has the address', async (t) => {
    const impostor = createServer((_req, res) => res.end('{"events":["forged"]}')).listen(0, '127.0.0.1')
    t.after(() => impostor.close())
    await once(impostor, 'listening')
    const address = `127.0.0.1:${(impostor.address() as AddressInfo).port}`

    const call = peersFor(t).call({ address, instance: 'gone' }, { path: '/echo', body: {}, timeoutMs })

    await assert.rejects(call, isProblem('replica-unavailable'))
  })

  test("the caller's abort reaches the handler, and the caller is told his own reason", {
    timeout: 20_000,
  }, async (t) => {
    const aborted = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const { self } = await listenerFor(t, {
      '/wait': async (_body, signal) => {
        begun.resolve()
        signal.addEventListener('abort', () => aborted.resolve())
        await aborted.promise
      },
    })
    const caller = new AbortController()

    const call = peersFor(t).call(self, { path: '/wait', body: {}, timeoutMs, signal: caller.signal })
    await begun.promise
    caller.abort(new Error('gone away'))

    await assert.rejects(call, /gone away/)
    await aborted.promise
  })

  test('a thousand calls at once are answered, on connections that are used again', async (t) => {
    let connections = 0
    const count = () => {
      connections += 1
    }
    subscribe('net.server.socket', count)
    t.after(() => unsubscribe('net.server.socket', count))
    const { self } = await listenerFor(t, { '/echo': async (body) => body })
    const peers = peersFor(t)
    const began = performance.now()
    const bodies = Array.from({ length: 1_000 }, (_, index) => ({ index }))

    const first = await Promise.all(bodies.map((body) => peers.call(self, { path: '/echo', body, timeoutMs: 30_000 })))
    t.diagnostic(`1,000 at once: ${(performance.now() - began).toFixed(0)} ms`)
    const again = performance.now()
    for (let i = 0; i < 500; i++) await peers.call(self, { path: '/echo', body: {}, timeoutMs })
    t.diagnostic(`500 in a row: ${((performance.now() - again) / 500).toFixed(2)} ms each`)
    t.diagnostic(`${connections} connections`)

    assert.deepEqual(
      first.map((answer) => answer.json()),
      bodies,
    )
    assert.ok(connections <= 1_000, String(connections))
    assert.equal(peers.calls, 0)
  })

  test('past the most calls it says so at once', async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { self } = await listenerFor(t, { '/wait': () => promise })
    const peers = peersFor(t, signer, 2)
    const under = [1, 2].map(() => peers.call(self, { path: '/wait', body: {}, timeoutMs }))

    await assert.rejects(peers.call(self, { path: '/wait', body: {}, timeoutMs }), isProblem('gateway-full'))
    resolve()
    await Promise.all(under)
  })

  test('a replica that stands still answers when it goes on, or not in time; one that is killed is known at once', async (t) => {
    const { peer, child } = await startProcess(t)
    const peers = peersFor(t)
    const echo = (limitMs = timeoutMs) => peers.call(peer, { path: '/echo', body: { n: 1 }, timeoutMs: limitMs })
    await echo()

    child.kill('SIGSTOP')
    const stopped = performance.now()
    await assert.rejects(echo(500), isProblem('replica-unavailable'))
    t.diagnostic(`stopped: ${(performance.now() - stopped).toFixed(0)} ms`)
    assert.ok(performance.now() - stopped < 5_000)
    child.kill('SIGCONT')
    assert.deepEqual((await echo()).json(), { n: 1 })

    const waiting = peers.call(peer, { path: '/never', body: {}, timeoutMs })
    await pollUntil(() => peers.calls === 1)
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await assert.rejects(waiting, isProblem('replica-unavailable'))
    await exit
    const killed = performance.now()
    await assert.rejects(echo(), (error) => {
      assert.ok(isProblem('replica-unavailable')(error))
      assert.match(String(error), /`internal\.host`/)
      return true
    })
    t.diagnostic(`killed: ${(performance.now() - killed).toFixed(0)} ms`)
    assert.ok(performance.now() - killed < 5_000)
  })

  test('a stop waits for the answers under way', async (t) => {
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const listener = await PeerListener.listen({ settings, signer, log })
    listener.serve({
      '/slow': async () => {
        begun.resolve()
        await ended.promise
        return 'done'
      },
    })
    const peers = peersFor(t)
    const call = peers.call(listener.self, { path: '/slow', body: {}, timeoutMs })
    await begun.promise

    const stopping = listener[Symbol.asyncDispose]()
    ended.resolve()

    assert.equal((await call).json(), 'done')
    await stopping
    await assert.rejects(
      peers.call(listener.self, { path: '/slow', body: {}, timeoutMs }),
      isProblem('replica-unavailable'),
    )
  })
})
