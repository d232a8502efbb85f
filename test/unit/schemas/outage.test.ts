import assert from 'node:assert/strict'
import { beforeEach, suite, test } from 'node:test'
import { Outage } from '../../../src/schemas/outage.ts'

const down = new Error('down')

suite('Outage', () => {
  let now: number
  let outage: Outage
  let calls: number

  beforeEach(() => {
    now = 1_000_000
    calls = 0
    outage = new Outage(() => now)
  })

  const failing = () => {
    calls++
    return Promise.reject(down)
  }
  const answering = () => {
    calls++
    return Promise.resolve('fine')
  }

  test('lets everybody through while the server answers', async () => {
    assert.deepEqual(await Promise.all([outage.run(answering), outage.run(answering)]), ['fine', 'fine'])
    assert.equal(calls, 2)
  })

  test('fails everybody at once for a second after a failure, without asking', async () => {
    await assert.rejects(outage.run(failing), down)

    now += 999
    await assert.rejects(outage.run(answering), down)

    assert.equal(calls, 1)
  })

  test('lets one through after a second, and nobody else until that one has an answer', async () => {
    await assert.rejects(outage.run(failing), down)
    now += 1_000
    const probe = Promise.withResolvers<string>()
    const probing = outage.run(() => probe.promise)

    await assert.rejects(outage.run(answering), down)
    probe.resolve('back')

    assert.equal(await probing, 'back')
    assert.equal(await outage.run(answering), 'fine')
    assert.equal(calls, 2)
  })

  test('waits another second after a probe that failed', async () => {
    await assert.rejects(outage.run(failing), down)
    now += 5_000
    await assert.rejects(outage.run(failing), down)

    now += 500
    await assert.rejects(outage.run(answering), down)
    now += 500
    assert.equal(await outage.run(answering), 'fine')

    assert.equal(calls, 3)
  })

  test('is over when somebody who asked before it gets an answer', async () => {
    const early = Promise.withResolvers<string>()
    const asked = outage.run(() => early.promise)
    await assert.rejects(outage.run(failing), down)

    early.resolve('slow')
    await asked

    assert.equal(await outage.run(answering), 'fine')
  })
})
