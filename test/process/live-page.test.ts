import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { examplesOrigins, livePage, serveExamples } from '../../local/examples.ts'
import { gatewayUrl } from '../../local/gateway.ts'
import { artifactDirectory } from '../../local/paths.ts'
import { findFreePorts } from '../../local/ports.ts'
import { demoSchema, type Earthquake, readEarthquakes } from '../../local/seed.ts'
import type { Api } from '../support/api.ts'
import { openPage } from '../support/browser.ts'
import { gatewayEnvironment, startGateway, type TestGateway } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const frozenMs = 20_000
const betweenEventsMs = 25

suite('examples/live.html in a browser', { timeout: 120_000 }, () => {
  let replica: TestGateway
  let ports: { gateway: number; examples: number }
  before(async () => {
    replica = await startGateway()
    const [gateway = 0, examples = 0] = await findFreePorts(2)
    ports = { gateway, examples }
  })
  after(() => replica[Symbol.asyncDispose]())

  test('shows each earthquake once, while its gateway is restarted and killed, also while it is frozen for 20 s', async (t) => {
    const topic = await earthquakeTopic(t)
    let gateway = startProcess(t)
    await gateway.listening()
    const page = await openLivePage(t, topic)
    const shown = await shownBy(page)
    await follow(page, await issueToken(['read']))
    await untilState(page, 'live')
    const publisher = new Publisher(replica.api, topic)
    t.after(() => publisher.stop())
    await pollUntil(() => shown.length >= 50)

    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      gateway.signal(signal)
      await gateway.exit
      await untilState(page, 'reconnecting')
      const missed = publisher.published.length + 20
      await pollUntil(() => publisher.published.length >= missed)
      gateway = startProcess(t)
      await pollUntil(() => shown.length > missed)
      await untilState(page, 'live')
    }

    const lifecycle = await page.context().newCDPSession(page)
    await lifecycle.send('Page.setWebLifecycleState', { state: 'frozen' })
    const before = { shown: shown.length, published: publisher.published.length }
    const awake = delay(frozenMs)
    gateway.signal('SIGKILL')
    await gateway.exit
    await startProcess(t).listening()
    await awake
    const during = { shown: shown.length - before.shown, published: publisher.published.length - before.published }
    await lifecycle.send('Page.setWebLifecycleState', { state: 'active' })
    await publisher.stop()
    await pollUntil(() => shown.length >= publisher.published.length)

    assert.ok(during.published > 200 && during.shown < 20, `while frozen: ${JSON.stringify(during)}`)
    assert.deepEqual(shown, publisher.published)
    assert.equal(await page.locator('#count').textContent(), String(publisher.published.length))
    await photograph(t, page, 'live')
  })

  test('says why it is closed, and takes another token', async (t) => {
    const topic = await earthquakeTopic(t)
    const gateway = startProcess(t)
    await gateway.listening()
    const page = await openLivePage(t, topic)

    await follow(page, await issueToken(['publish']))
    await untilState(page, 'closed')
    assert.match((await page.locator('#status').textContent()) ?? '', new RegExp(`read:${topic}`))
    await photograph(t, page, 'closed')

    await follow(page, await issueToken(['read']))
    await untilState(page, 'live')
  })

  function startProcess(t: TestContext): GatewayProcess {
    const gateway = new GatewayProcess({
      ...gatewayEnvironment(),
      HEADGATE_HTTP_PORT: String(ports.gateway),
      HEADGATE_HTTP_CORS_ORIGINS: examplesOrigins(ports.examples).join(','),
    })
    t.after(() => gateway[Symbol.asyncDispose]())
    return gateway
  }

  async function openLivePage(t: TestContext, topic: string): Promise<Page> {
    const served = await serveExamples({ port: ports.examples, gateway: gatewayUrl(ports.gateway), topic })
    t.after(() => served[Symbol.asyncDispose]())
    const page = await openPage(t, livePage(ports.examples))
    page.on('pageerror', (error) => assert.fail(error))
    return page
  }
})

async function earthquakeTopic(t: TestContext): Promise<string> {
  const topic = await createTopic(t)
  await registerSchema(`${topic}-value`, JSON.parse(demoSchema()))
  return topic
}

async function follow(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token)
  await page.getByRole('button', { name: 'Follow' }).click()
}

const untilState = (page: Page, state: string): Promise<unknown> =>
  page.locator(`#status[data-state=${state}]`).waitFor({ timeout: 30_000 })

/** The id of each earthquake that the page's list has had, in the order in which they came in. */
async function shownBy(page: Page): Promise<string[]> {
  const shown: string[] = []
  await page.exposeFunction('shown', (ids: string[]) => {
    shown.push(...ids)
  })
  await page.evaluate(`
    new MutationObserver((changes) => shown(changes.flatMap(({ addedNodes }) => [...addedNodes].map(({ title }) => title))))
      .observe(document.getElementById('list'), { childList: true })
  `)
  return shown
}

/** Publishes one earthquake after another until it is told to stop. */
class Publisher {
  readonly published: string[] = []
  readonly #api: Api
  readonly #topic: string
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor(api: Api, topic: string) {
    this.#api = api
    this.#topic = topic
    this.#ended = this.#publish(readEarthquakes())
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }

  async #publish(earthquakes: readonly Earthquake[]): Promise<void> {
    for (const earthquake of earthquakes) {
      if (this.#stop.signal.aborted) return
      const answer = await this.#api.post(`/v1/topics/${this.#topic}/events`, earthquake)
      assert.equal(answer.status, 201, answer.text)
      this.published.push(earthquake.id)
      await delay(betweenEventsMs)
    }
  }
}

async function photograph(t: TestContext, page: Page, state: string): Promise<void> {
  await page.setViewportSize({ width: 900, height: 1100 })
  for (const colorScheme of ['light', 'dark'] as const) {
    const path = join(artifactDirectory, `live-page-${state}-${colorScheme}.png`)
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path, fullPage: true })
    t.diagnostic(`screenshot: ${path}`)
  }
}
