import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { gatewayEnvironment, uniqueName } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { startOwnKafka } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { issueToken } from '../support/tokens.ts'

const perSecond = 40
const heartbeatSeconds = 5
const windowSeconds = 5

/** A caller that asks each of the replicas all the time, and counts what was written. */
class EagerCaller {
  readonly urls: string[] = []
  written = 0
  #isOver = false
  readonly #asking: Promise<unknown>[] = []
  readonly #topic: string
  readonly #token: string

  constructor(topic: string, token: string) {
    this.#topic = topic
    this.#token = token
  }

  add(url: string): void {
    this.urls.push(url)
    this.#asking.push(this.#ask(url))
  }

  leave(url: string): void {
    this.urls.splice(this.urls.indexOf(url), 1)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#asking)
  }

  async #ask(url: string): Promise<void> {
    while (!this.#isOver && this.urls.includes(url)) {
      const status = await fetch(`${url}/v1/topics/${this.#topic}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: '{"n":1}',
      }).then(
        (answer) => answer.arrayBuffer().then(() => answer.status),
        () => 0,
      )
      if (status === 201) this.written++
      else await delay(10)
    }
  }
}

async function liveReplicas(url: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((answer) => answer.text())
  return Number(/^headgate_replicas_live (\d+)$/m.exec(text)?.[1])
}

suite('a quota on several replicas', () => {
  test('is divided by those that live: two, then three, then one less that was killed, then one that is left', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-replicas-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const config = join(folder, 'headgate.yaml')
    writeFileSync(config, `quotas: { classes: { default: { requests: { limit: ${perSecond} } } } }`)
    const kafka = await startOwnKafka()
    t.after(() => kafka[Symbol.asyncDispose]())
    const topic = await numberTopic(t, { name: uniqueName('topic'), bootstrap: kafka.bootstrap })
    const caller = new EagerCaller(topic, await issueToken(['publish']))
    t.after(() => caller.stop())
    const env = {
      ...gatewayEnvironment(),
      HEADGATE_CONFIG: config,
      HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
      HEADGATE_LOG_LEVEL: 'info',
    }
    const start = () => {
      const replica = new GatewayProcess(env)
      t.after(() => replica[Symbol.asyncDispose]())
      return replica
    }
    const count = async (urls: readonly string[], replicas: number, limitMs?: number) =>
      pollUntil(async () => (await Promise.all(urls.map(liveReplicas))).every((live) => live === replicas), limitMs)
    const during = async (seconds: number): Promise<{ written: number; seconds: number }> => {
      const before = caller.written
      const startedAt = performance.now()
      await delay(seconds * 1000)
      return { written: caller.written - before, seconds: (performance.now() - startedAt) / 1000 }
    }
    /** No more than the limit and what had gathered; and all of the limit but what one pause costs. */
    const assertHeld = ({ written, seconds }: { written: number; seconds: number }, of: string) => {
      t.diagnostic(`${of}: ${written} in ${seconds.toFixed(2)} s, ${(written / seconds).toFixed(1)} a second`)
      assert.ok(written <= perSecond * (seconds + 1), `${of}: ${written} in ${seconds} s is too many`)
      assert.ok(written >= perSecond * seconds * 0.8, `${of}: ${written} in ${seconds} s is too few`)
    }

    const [one, two] = [start(), start()]
    const [first, second] = await Promise.all([one.listening(), two.listening()])
    await count([first, second], 2)
    for (const url of [first, second]) caller.add(url)
    const startedAt = performance.now()
    const writtenBefore = caller.written
    assertHeld(await during(windowSeconds), 'two replicas')

    const three = start()
    const third = await three.listening()
    caller.add(third)
    await count([first, second, third], 3)
    const seconds = (performance.now() - startedAt) / 1000
    const written = caller.written - writtenBefore
    t.diagnostic(`until the third was counted: ${written} in ${seconds.toFixed(2)} s`)
    assert.ok(written <= perSecond * (seconds + heartbeatSeconds), `${written} in ${seconds} s`)
    assertHeld(await during(windowSeconds), 'three replicas')

    const killedAt = performance.now()
    three.signal('SIGKILL')
    caller.leave(third)
    await three.exit
    assertBelow(await during(heartbeatSeconds), 'two replicas of three, one of which was killed')
    await count([first, second], 2, 60_000)
    const silence = (performance.now() - killedAt) / 1000
    t.diagnostic(`its part was taken over after ${silence.toFixed(2)} s`)
    assert.ok(silence >= 2 * heartbeatSeconds, `${silence} s`)
    assertHeld(await during(windowSeconds), 'the two that are left')

    two.signal('SIGTERM')
    await two.exit
    caller.leave(second)
    await count([first], 1)
    assertHeld(await during(windowSeconds), 'the last one')
    assert.match(one.stdout, /"replicas":2,"msg":"The number of replicas has changed"/)

    function assertBelow({ written, seconds }: { written: number; seconds: number }, of: string) {
      t.diagnostic(`${of}: ${written} in ${seconds.toFixed(2)} s`)
      assert.ok(written <= (perSecond * (seconds + 1) * 2) / 3, `${of}: ${written} in ${seconds} s is too many`)
    }
  })
})
