import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { LatestSchema } from '../../../src/schemas/latest-schema.ts'
import { pollUntil } from '../../support/poll.ts'

const ttlMs = 30_000
const away = new GatewayError('registry-unavailable', 'away')
const gone = new GatewayError('schema-not-found', 'gone')

suite('LatestSchema', () => {
  let now: number
  let fetches: number
  let answer: () => Promise<string>
  let latest: LatestSchema<string>

  beforeEach(async () => {
    now = 1_000_000
    fetches = 0
    answer = async () => 'one'
    latest = new LatestSchema(
      () => {
        fetches++
        return answer()
      },
      ttlMs,
      () => now,
    )
    assert.equal(await latest.get(), 'one')
  })

  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('gives a fresh value without a promise and without asking', () => {
    now += ttlMs / 2

    assert.equal(latest.get(), 'one')
    assert.equal(fetches, 1)
  })

  test('asks again behind a value that is used in the last third of its time, once', async () => {
    answer = async () => 'two'
    now += ttlMs * 0.7

    assert.equal(latest.get(), 'one')
    assert.equal(latest.get(), 'one')
    await settled()

    assert.equal(latest.get(), 'two')
    assert.equal(fetches, 2)
  })

  test('is refreshed at once, also where an older answer is on its way', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    answer = () => promise
    now += ttlMs * 0.7
    latest.get()

    const refreshed = latest.refresh()
    answer = async () => 'three'
    resolve('two')
    await refreshed

    assert.equal(latest.get(), 'three')
    assert.equal(fetches, 3)
  })

  test('keeps its value where it cannot be refreshed, and forgets it where it is gone', async () => {
    answer = () => Promise.reject(away)
    await latest.refresh()
    assert.equal(latest.get(), 'one')

    answer = () => Promise.reject(gone)
    await latest.refresh()
    await assert.rejects(async () => latest.get(), gone)
  })

  test('gives the new value to everybody who asks after its time, from one question', async () => {
    answer = async () => 'two'
    now += ttlMs

    assert.deepEqual(await Promise.all([latest.get(), latest.get(), latest.get()]), ['two', 'two', 'two'])
    assert.equal(fetches, 2)
  })

  test('gives the old value for as long as the registry is away, asking once a second at most', async () => {
    answer = () => Promise.reject(away)
    now += 10 * ttlMs
    assert.equal(await latest.get(), 'one')

    for (let second = 0; second < 100; second++) {
      now += 1_000
      for (let request = 0; request < 10; request++) assert.equal(await latest.get(), 'one')
    }

    assert.equal(fetches, 102)
  })

  test('does not wait for a registry that is known to be away', async () => {
    answer = () => Promise.reject(away)
    now += ttlMs
    await latest.get()
    now += 2_000
    answer = () => new Promise(() => {})

    assert.equal(latest.get(), 'one')
    assert.equal(latest.get(), 'one')
    assert.equal(fetches, 3)
  })

  test('waits a second, no longer, for a registry that hangs', async () => {
    answer = () => new Promise(() => {})
    now += ttlMs
    const started = performance.now()

    const values = await Promise.all([latest.get(), latest.get()])

    assert.deepEqual(values, ['one', 'one'])
    const waitedMs = performance.now() - started
    assert.ok(waitedMs > 900 && waitedMs < 2_000, `${waitedMs} ms`)
    assert.equal(fetches, 2)
  })

  test('sees a change after the registry came back', async () => {
    answer = () => Promise.reject(away)
    now += ttlMs
    await latest.get()
    answer = async () => 'two'
    now += 1_000

    await pollUntil(async () => (await latest.get()) === 'two', 1_000)
    assert.equal(fetches, 3)
  })

  test('waits for the change where the registry was away long ago', async () => {
    answer = () => Promise.reject(away)
    now += ttlMs
    await latest.get()
    answer = async () => 'two'
    now += 10 * ttlMs

    assert.equal(await latest.get(), 'two')
  })

  test('forgets what the registry denies, found in its time or after it', async () => {
    answer = () => Promise.reject(gone)
    now += ttlMs * 0.7
    assert.equal(latest.get(), 'one')
    await settled()
    await assert.rejects(async () => latest.get(), gone)

    answer = async () => 'two'
    assert.equal(await latest.get(), 'two')
    answer = () => Promise.reject(gone)
    now += ttlMs
    await assert.rejects(async () => latest.get(), gone)
    await assert.rejects(async () => latest.get(), gone)
  })

  test('rejects with the failure, and asks each time, while nothing is known', async () => {
    const cold = new LatestSchema(
      () => answer(),
      ttlMs,
      () => now,
    )
    answer = () => Promise.reject(away)
    await assert.rejects(async () => cold.get(), away)
    await assert.rejects(async () => cold.get(), away)

    answer = async () => 'one'
    assert.equal(await cold.get(), 'one')
  })
})
