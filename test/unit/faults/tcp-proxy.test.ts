import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { TcpProxy } from '../../../faults/tcp-proxy.ts'
import { findFreePorts } from '../../../local/ports.ts'
import { pollUntil } from '../../support/poll.ts'

/** A server that answers what it hears, behind a proxy, and a caller of it. */
async function echo(t: TestContext) {
  const [port = 0, proxyPort = 0] = await findFreePorts(2)
  let heard = ''
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard += chunk
      socket.write(chunk)
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await TcpProxy.listen(proxyPort, port)
  t.after(async () => {
    await proxy[Symbol.asyncDispose]()
    server.close()
  })
  return { proxy, heard: () => heard, call: () => caller(t, proxyPort) }
}

function caller(t: TestContext, port: number) {
  const socket: Socket = connect(port, '127.0.0.1')
  const seen = { answers: '', isClosed: false }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    seen.answers += chunk
  })
  socket.on('close', () => {
    seen.isClosed = true
  })
  t.after(() => socket.destroy())
  return { seen, say: (text: string) => socket.write(text) }
}

suite('the proxy that is the network', () => {
  test('passes bytes both ways, in order, also while its delay changes', async (t) => {
    const { proxy, call } = await echo(t)
    const { seen, say } = call()

    say('a')
    await pollUntil(() => seen.answers === 'a')
    proxy.delayMs = 200
    say('b')
    await pollUntil(() => seen.answers === 'ab')
    proxy.delayMs = 0
    say('c')

    await pollUntil(() => seen.answers === 'abc')
  })

  test('slows each way by its delay', async (t) => {
    const { proxy, call } = await echo(t)
    const { seen, say } = call()
    proxy.delayMs = 150
    const started = performance.now()

    say('a')

    await pollUntil(() => seen.answers === 'a')
    assert.ok(performance.now() - started >= 295)
  })

  test('cut: the connection is gone, and a new one is served', async (t) => {
    const { proxy, call } = await echo(t)
    const first = call()
    first.say('a')
    await pollUntil(() => first.seen.answers === 'a')

    proxy.cut()

    await pollUntil(() => first.seen.isClosed)
    const second = call()
    second.say('b')
    await pollUntil(() => second.seen.answers === 'b')
  })

  test('deaf: the request arrives, its answer never does, and the connection ends with the state', async (t) => {
    const { proxy, heard, call } = await echo(t)
    const { seen, say } = call()
    say('a')
    await pollUntil(() => seen.answers === 'a')

    proxy.state = 'deaf'
    say('b')
    await pollUntil(() => heard() === 'ab')
    proxy.state = 'open'

    await pollUntil(() => seen.isClosed)
    assert.equal(seen.answers, 'a')
  })

  test('held: nothing passes, and nothing is lost', async (t) => {
    const { proxy, heard, call } = await echo(t)
    const { seen, say } = call()
    say('a')
    await pollUntil(() => seen.answers === 'a')

    proxy.state = 'held'
    say('b')
    const other = call()
    other.say('c')
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(heard(), 'a')
    proxy.state = 'open'

    await pollUntil(() => seen.answers === 'ab' && other.seen.answers === 'c')
  })

  test('closed: connections are reset at once', async (t) => {
    const { proxy, call } = await echo(t)
    proxy.state = 'closed'

    const { seen } = call()

    await pollUntil(() => seen.isClosed)
  })
})
