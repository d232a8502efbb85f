import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { attackSlowly, provideSlowhttptest, type SlowAttack } from '../support/slowhttptest.ts'
import { issueToken } from '../support/tokens.ts'

const attackers = 1_000
const limitMs = 8_000
const windowMs = 1_000
const windows = 2
// The share of the rate that is kept is held to its number where it is asked for, on a machine that does nothing else meanwhile.
const measuredRounds = Number(process.env.HEADGATE_TEST_SLOW_ROUNDS) || 0
const leastShare = measuredRounds > 0 ? 0.95 : 0
const clients = 16
// Windows of 1 to 16 bytes, of which 8 are read each second.
const slowReads = ['-X', '-w', '1', '-y', '16', '-n', '1', '-z', '8', '-k', '1']

suite(`${attackers} connections of slowhttptest`, () => {
  let gateway: GatewayProcess
  let api: Api
  let topic: string
  let large: string
  let token: string
  before(async () => {
    await provideSlowhttptest()
    gateway = new GatewayProcess({
      ...gatewayEnvironment(),
      HEADGATE_HTTP_HEADERS_TIMEOUT_MS: String(limitMs),
      HEADGATE_HTTP_BODY_TIMEOUT_MS: String(limitMs),
      HEADGATE_HTTP_ANSWER_TIMEOUT_MS: String(limitMs),
      HEADGATE_HTTP_KEEP_ALIVE_TIMEOUT_MS: String(limitMs),
      // The limits of time are what is looked at here.
      HEADGATE_HTTP_UNREAD_BYTES: String(2 ** 40),
    })
    token = await issueToken(['publish', 'read'])
    api = new Api(await gateway.listening(), token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    topic = await numberTopic(untilTheRunEnds)
    large = await createTopic(untilTheRunEnds)
    await registerSchema(`${large}-value`, 'string')
    for (let n = 0; n < 2; n++)
      assert.equal((await api.post(`/v1/topics/${large}/events`, JSON.stringify('x'.repeat(100_000)))).status, 201)
  })
  after(() => gateway[Symbol.asyncDispose]())

  const metric = async (pattern: RegExp): Promise<number> => Number(pattern.exec((await api.get('/metrics')).text)?.[1])
  const cpuSeconds = () => metric(/^process_cpu_seconds_total ([\d.]+)/m)
  const openConnections = () => metric(/^headgate_connections_open (\d+)/m)

  const attacks: [what: string, path: () => string, options: readonly string[]][] = [
    ['slow headers', () => '/livez', ['-H', '-i', '1', '-t', 'GET']],
    ['slow bodies', () => `/v1/topics/${topic}/events`, ['-B', '-i', '1', '-s', '100000', '-f', 'application/json']],
    ['slow reads of a page', () => '/docs/assets/swagger-ui-bundle.js', slowReads],
    ['slow reads of events', () => `/v1/topics/${large}/events?from=earliest`, slowReads],
  ]
  for (const [what, path, options] of attacks) {
    test(`${what}: are closed by the limits, and others are served meanwhile`, { timeout: 240_000 }, async (t) => {
      const headers = { Authorization: `Bearer ${token}` }
      const attack: SlowAttack = { connections: attackers, options, headers, url: api.url + path() }
      const traffic = new Publishing(api.url, topic, token, cpuSeconds)
      t.after(() => traffic.stop())
      await traffic.rates()
      const alone: Rate[] = []
      const attacked: Rate[] = []

      for (let round = 0; round < Math.max(1, measuredRounds); round++) {
        alone.push(...(await traffic.rates()))
        const attacking = attackSlowly(attack, 30)
        await pollUntil(async () => (await openConnections()) > attackers * 0.4, 40_000)
        attacked.push(...(await traffic.rates()))
        assert.ok((await openConnections()) > attackers * 0.2, 'they were there meanwhile')
        await pollUntil(async () => (await openConnections()) <= clients + 4, 60_000)
        await attacking
      }
      alone.push(...(await traffic.rates()))

      const [before, during] = [median(alone), median(attacked)]
      t.diagnostic(
        `${what}: ${Math.round(before.perSecond)}/s alone, ${Math.round(during.perSecond)}/s attacked (${(during.perSecond / before.perSecond).toFixed(2)}); ` +
          `a second of processor: ${Math.round(before.perCpuSecond)} alone, ${Math.round(during.perCpuSecond)} attacked`,
      )
      t.diagnostic(`resident ${Math.round((await metric(/^process_resident_memory_bytes (\d+)/m)) / 2 ** 20)} MiB`)
      assert.ok(during.perSecond / before.perSecond > leastShare)
      assert.equal(gateway.stderr, '')
    })
  }
})

interface Rate {
  perSecond: number
  perCpuSecond: number
}

function median(rates: readonly Rate[]): Rate {
  const middle = (numbers: number[]): number => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
  return {
    perSecond: middle(rates.map(({ perSecond }) => perSecond)),
    perCpuSecond: middle(rates.map(({ perCpuSecond }) => perCpuSecond)),
  }
}

/** Clients that publish one event after another, each on its own connection. */
class Publishing {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: clients })
  #written = 0
  #isOver = false
  readonly #working: Promise<void>[]
  readonly #cpuSeconds: () => Promise<number>

  constructor(url: string, topic: string, token: string, cpuSeconds: () => Promise<number>) {
    this.#cpuSeconds = cpuSeconds
    const agent = this.#agent
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const work = async (): Promise<void> => {
      while (!this.#isOver) {
        const sent = request(`${url}/v1/topics/${topic}/events`, { agent, headers, method: 'POST' }).end('{"n":1}')
        const [answer] = (await once(sent, 'response')) as [IncomingMessage]
        await once(answer.resume(), 'end')
        assert.equal(answer.statusCode, 201)
        this.#written++
      }
    }
    this.#working = Array.from({ length: clients }, work)
  }

  /** Events by time and by the time of the gateway's processor, in each of the windows to come. */
  async rates(): Promise<Rate[]> {
    const rates: Rate[] = []
    while (rates.length < windows) {
      const from = { written: this.#written, at: performance.now(), cpu: await this.#cpuSeconds() }
      await delay(windowMs)
      const written = this.#written - from.written
      rates.push({
        perSecond: (written * 1000) / (performance.now() - from.at),
        perCpuSecond: written / ((await this.#cpuSeconds()) - from.cpu),
      })
    }
    return rates
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#working)
    this.#agent.destroy()
  }
}
