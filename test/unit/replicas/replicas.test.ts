import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { pino } from 'pino'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { Replicas } from '../../../src/replicas/replicas.ts'

type Take = (key: string, value: string) => void

/** Replicas before one Kafka, which gives all of them each record at once, while it is there. */
function room(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const kafka = { isThere: true, now: 0 }
  const records: [key: string, value: string][] = []
  const takers = new Set<Take>()
  const start = () => {
    const state = { isKilled: false }
    const replicas = new Replicas({
      openLog: (take) => ({
        async open() {
          if (!kafka.isThere || state.isKilled) throw new GatewayError('kafka-unavailable', 'It is away.')
          if (takers.has(take)) return
          for (const record of records) take(...record)
          takers.add(take)
        },
        async append(key, value) {
          records.push([key, value ?? ''])
          for (const each of takers) each(key, value ?? '')
          return { status: 'written', offset: records.length - 1 }
        },
        readBack: async () => true,
      }),
      log: pino({ level: 'silent' }),
      now: () => kafka.now,
    })
    replicas.begin()
    const kill = () => {
      state.isKilled = true
    }
    return { replicas, kill }
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      kafka.now += 100
      t.mock.timers.tick(100)
      for (let turn = 0; turn < 5; turn++) await soon()
    }
  }
  return { kafka, records, start, pass }
}

suite('Replicas', () => {
  test('count each other as soon as one says that it lives, and from the start those that did', async (t) => {
    const { start, pass } = room(t)
    const one = start()
    assert.equal(one.replicas.live, 1)
    await pass(200)
    const two = start()
    await pass(200)
    assert.deepEqual([one.replicas.live, two.replicas.live], [2, 2])

    const three = start()
    await pass(200)

    assert.deepEqual([one.replicas.live, two.replicas.live, three.replicas.live], [3, 3, 3])
    await pass(60_000)
    assert.deepEqual([one.replicas.live, two.replicas.live, three.replicas.live], [3, 3, 3])
  })

  test('do not count one that stops, at once', async (t) => {
    const { start, pass } = room(t)
    const [one, two] = [start(), start()]
    await pass(200)
    assert.equal(one.replicas.live, 2)

    await two.replicas[Symbol.asyncDispose]()

    assert.equal(one.replicas.live, 1)
    await pass(200)
    const three = start()
    await pass(200)
    assert.equal(three.replicas.live, 2)
  })

  test('do not count one that was killed, after three heartbeats that it missed', async (t) => {
    const { start, pass } = room(t)
    const [one, two] = [start(), start()]
    await pass(200)

    two.kill()
    await pass(15_000)
    assert.equal(one.replicas.live, 2)
    await pass(10_000)

    assert.equal(one.replicas.live, 1)
  })

  test('keep their count while Kafka is away, and when it is back until others can have been heard', async (t) => {
    const { kafka, start, pass } = room(t)
    const [one, two, three] = [start(), start(), start()]
    await pass(7_000)

    kafka.isThere = false
    await pass(120_000)
    assert.equal(one.replicas.live, 3)
    kafka.isThere = true
    three.kill()
    await pass(1_000)
    assert.deepEqual([one.replicas.live, two.replicas.live], [3, 3])
    await pass(25_000)

    assert.deepEqual([one.replicas.live, two.replicas.live], [2, 2])
  })

  test('take no harm from what is no heartbeat', async (t) => {
    const { records, start, pass } = room(t)
    records.push(['one', 'null'], ['two', 'not JSON'])
    const { replicas } = start()
    await pass(200)

    assert.equal(replicas.live, 3)
    await pass(25_000)

    assert.equal(replicas.live, 1)
  })
})
