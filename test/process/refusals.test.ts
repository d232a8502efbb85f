import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import type { Api } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { uncommittedEnd } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { freshSchemas, governingApi, keeping, keptTopic, mend, TestRefusals } from '../support/refusals.ts'
import { waysIn } from '../support/refused-by-all-ways.ts'
import { issueToken } from '../support/tokens.ts'

const count = 100
const partitions = 3

/** Gateways as they are started, one after the other. */
class Gateways {
  readonly #t: TestContext
  readonly #env: Record<string, string>

  constructor(t: TestContext, topic: string) {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-refusals-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'kept.yaml'), keeping(topic))
    this.#t = t
    this.#env = { ...gatewayEnvironment(), ...freshSchemas, HEADGATE_CONTRACTS_DIRECTORY: folder }
  }

  async start(): Promise<{ gateway: GatewayProcess; api: Api }> {
    const gateway = new GatewayProcess(this.#env)
    this.#t.after(() => gateway[Symbol.asyncDispose]())
    const api = await governingApi(await gateway.listening())
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    return { gateway, api }
  }
}

/** Publishes a hundred events that are refused, by all ways in. */
async function refuseHundred(t: TestContext, api: Api, topic: string): Promise<void> {
  const token = await issueToken(['publish', 'read'])
  const ways = Object.values(waysIn)
  let n = 0
  for (const [index, way] of ways.entries()) {
    const share = Math.floor(count / ways.length) + (index < count % ways.length ? 1 : 0)
    const values = Array.from({ length: share }, () => ({ n: n++, colour: 'red' }))
    const ids = await way({ api, token, topic }, values, t)
    assert.equal(ids.filter((id) => typeof id === 'string').length, share)
  }
}

const numbersIn = async (refusals: TestRefusals): Promise<number[]> =>
  (await refusals.events()).map(({ value }) => (value as { n: number }).n).sort((a, b) => a - b)

async function breakAndMend(t: TestContext) {
  const topic = await keptTopic(t, { partitions })
  const gateways = new Gateways(t, topic)
  const steady = new TestRefusals((await gateways.start()).api, topic)
  await refuseHundred(t, steady.api, topic)
  assert.equal((await steady.page()).open, count)
  await mend(topic)
  const [first] = (await steady.page({ limit: 1 })).refusals
  await steady.untilValid(first?.id ?? '')
  return { topic, gateways, steady }
}

type Condition = () => Promise<boolean>

/** Replays through a gateway that is killed as soon as the condition holds; what it has told is not looked at. */
async function replayUntilKilled(gateways: Gateways, topic: string, body: object, isTime: Condition): Promise<void> {
  const { gateway, api } = await gateways.start()
  const refusals = new TestRefusals(api, topic)
  let isKilled = false
  const replaying = (async () => {
    while (!isKilled) await refusals.replayAll(body)
  })().catch(() => {})
  while (!(await isTime())) await immediate()
  isKilled = true
  gateway.signal('SIGKILL')
  await gateway.exit
  await replaying
}

suite('a hundred refused events, whose schema is mended', { timeout: 300_000 }, () => {
  // The number of records that are written, committed or not, after which the gateway is killed.
  const ways: [how: string, body: object, kills: number[]][] = [
    ['ten at a time', { limit: 10 }, [1, 11, 25, 40]],
    ['all in one transaction', {}, [1, 1, 34, 67, 100]],
  ]
  for (const [how, body, kills] of ways) {
    test(`are a hundred events, once each, though gateways that replay them ${how} are killed at it`, async (t) => {
      const { topic, gateways, steady } = await breakAndMend(t)
      const written = uncommittedEnd(t, topic, partitions)

      for (const records of kills) {
        const before = { written: await written(), replayed: (await numbersIn(steady)).length }
        if (before.replayed === count) break
        await replayUntilKilled(gateways, topic, body, async () => (await written()) >= before.written + records)
        const replayed = (await numbersIn(steady)).length
        t.diagnostic(
          `killed after ${records} records: ${(await written()) - before.written} are there, ${replayed - before.replayed} were committed until now, ${count - replayed} are open`,
        )
      }
      const left = await steady.replayAll()
      t.diagnostic(`the gateway that was not killed replayed ${left.body.counts.replayed}`)

      assert.equal(left.status, 200, left.text)
      assert.equal((await steady.page()).open, 0)
      assert.equal((await steady.list({ state: 'replayed' })).length, count)
      assert.deepEqual(
        await numbersIn(steady),
        Array.from({ length: count }, (_, n) => n),
      )
    })
  }
})
