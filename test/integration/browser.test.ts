import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { examplesOrigins, livePage, serveExamples } from '../../local/examples.ts'
import { findFreePorts } from '../../local/ports.ts'
import { openPage } from '../support/browser.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numbersOf, numberTopic, publishNumbers, readPage } from '../support/reading.ts'
import { takeTicket } from '../support/tickets.ts'
import { issueToken } from '../support/tokens.ts'

/** Connections that a browser opens to one HTTP/1.1 origin. */
const mostConnections = 6

suite('a page of a real browser', { timeout: 60_000 }, () => {
  let gateway: TestGateway
  let port: number
  let origin: string
  before(async () => {
    port = (await findFreePorts(1))[0] ?? 0
    origin = examplesOrigins(port)[0] ?? ''
    gateway = await startGateway({ env: { HEADGATE_HTTP_CORS_ORIGINS: origin } })
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('publishes by navigator.sendBeacon with a ticket of its own origin', async (t) => {
    const topic = await numberTopic(t)
    const page = await pageOfAnotherOrigin(t)
    const ticket = await takeTicket(gateway, { topics: [topic] }, { pageOrigin: origin })

    const isQueued = await page.evaluate(
      `navigator.sendBeacon('${gateway.url}/v1/topics/${topic}/events?ticket=${ticket}', '{"n":7}')`,
    )

    assert.equal(isQueued, true)
    await pollUntil(async () => (await readPage(gateway.api, topic, { from: 'earliest' })).events.length > 0)
    assert.deepEqual(numbersOf(await readPage(gateway.api, topic, { from: 'earliest' })), [7])
  })

  test('is told by 204 that its ticket is used up, and does not ask again', async (t) => {
    const topic = await numberTopic(t)
    const page = await pageOfAnotherOrigin(t)
    const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { pageOrigin: origin })
    const answers: number[] = []
    page.on('response', (response) => {
      if (response.url().includes('/v1/stream')) answers.push(response.status())
    })

    const states = await page.evaluate(`(async () => {
      const ended = (source) => new Promise((resolve) => { source.onerror = () => resolve(source.readyState) })
      const url = '${gateway.url}/v1/stream?topics=${topic}&ticket=${ticket}'
      const first = new EventSource(url)
      await new Promise((resolve) => { first.onopen = resolve })
      const second = await ended(new EventSource(url))
      return [first.readyState, second]
    })()`)

    const [open, closed] = [1, 2]
    assert.deepEqual(states, [open, closed])
    assert.deepEqual(answers, [200, 204])
  })

  test('follows over a WebSocket with a ticket, and goes on by its cursor with another', async (t) => {
    const topic = await numberTopic(t)
    const page = await openPage(t, `${gateway.url}/livez`)
    const seen: number[] = []
    let start = ''
    for (const n of [1, 2]) {
      const ticket = await takeTicket(gateway, { action: 'read', topics: [topic] }, { pageOrigin: gateway.url })
      await page.evaluate(`
        globalThis.socket?.close()
        globalThis.messages = []
        globalThis.socket = new WebSocket('${gateway.url.replace('http', 'ws')}/v1/stream?topics=${topic}&ticket=${ticket}${start}')
        socket.onmessage = ({ target, data }) => { if (target === socket) messages.push(JSON.parse(data)) }
        new Promise((resolve) => { socket.onopen = resolve })
      `)
      await publishNumbers(gateway.api, topic, n, 1)
      await page.waitForFunction(`messages.some(({ event }) => event?.value.n === ${n})`)
      const messages = await page.evaluate<{ event?: { value: { n: number } }; cursor: string }[]>('messages')
      seen.push(...messages.flatMap(({ event }) => event?.value.n ?? []))
      start = `&cursor=${messages.at(-1)?.cursor}`
    }

    assert.deepEqual(seen, [1, 2])
  })

  test('follows twice as many topics by one stream as it may open connections, and still reaches the gateway', async (t) => {
    const topics = await Promise.all(Array.from({ length: 2 * mostConnections }, () => numberTopic(t)))
    const page = await pageOfTheGateway(t)
    await page.evaluate(`
      globalThis.seen = []
      const source = new EventSource('/v1/stream?topics=${topics.join(',')}')
      source.onmessage = ({ data }) => seen.push(JSON.parse(data).topic)
      new Promise((resolve) => { source.onopen = resolve })
    `)

    for (const topic of topics) await publishNumbers(gateway.api, topic, 0, 1)
    await page.waitForFunction(`seen.length >= ${topics.length}`)

    assert.deepEqual((await page.evaluate<string[]>('seen')).sort(), topics.toSorted())
    assert.equal(await page.evaluate(reachesGateway), 200)
  })

  test('reaches the gateway no more when it has opened a stream for each topic', async (t) => {
    const topics = await Promise.all(Array.from({ length: mostConnections }, () => numberTopic(t)))
    const page = await pageOfTheGateway(t)
    await page.evaluate(`Promise.all(${JSON.stringify(topics)}.map((topic) => new Promise((resolve) => {
      new EventSource('/v1/stream?topics=' + topic).onopen = resolve
    })))`)

    assert.equal(await page.evaluate(reachesGateway), 'TimeoutError')
  })

  async function pageOfAnotherOrigin(t: TestContext): Promise<Page> {
    const served = await serveExamples({ port, gateway: gateway.url, topic: 'any' })
    t.after(() => served[Symbol.asyncDispose]())
    return openPage(t, livePage(port))
  }

  async function pageOfTheGateway(t: TestContext): Promise<Page> {
    return openPage(t, `${gateway.url}/livez`, { authorization: `Bearer ${await issueToken(['read'])}` })
  }
})

const reachesGateway = `fetch('/livez', { signal: AbortSignal.timeout(1_500), cache: 'no-store' }).then(({ status }) => status, ({ name }) => name)`
