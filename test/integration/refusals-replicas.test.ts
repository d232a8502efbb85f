import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { gatewayFor } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { freshSchemas, governingApi, keeping, mend, TestRefusals } from '../support/refusals.ts'

const count = 60

suite('refusals on two replicas', () => {
  test('are replayed once each, though both replay them at the same time, again and again', async (t) => {
    const one = await TestRefusals.open(t, { topic: { partitions: 3 } })
    const other = await gatewayFor(t, { env: freshSchemas, contracts: [keeping(one.topic)] })
    const two = new TestRefusals(await governingApi(other.url), one.topic)
    const values = Array.from({ length: count }, (_, n) => ({ n, colour: 'red' }))
    const ids = await one.refuse(...values)
    await mend(one.topic)
    for (const each of [one, two]) await each.untilValid(ids[0] as string)

    const statuses = new Map<number, number>()
    let replayed = 0
    const replaying = async (refusals: TestRefusals) => {
      await pollUntil(async () => {
        const answer = await refusals.replayAll({ limit: 7 })
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        assert.ok([200, 409, 503].includes(answer.status), answer.text)
        replayed += answer.body.counts?.replayed ?? 0
        return (await refusals.page()).open === 0
      }, 60_000)
    }
    await Promise.all([replaying(one), replaying(two), replaying(one), replaying(two)])
    const events = await one.events()

    t.diagnostic(`answers by status: ${JSON.stringify([...statuses])}; told as replayed: ${replayed}`)
    const numbers = events.map(({ value }) => (value as { n: number }).n)
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      values.map(({ n }) => n),
    )
    assert.ok(replayed <= count)
  })

  test('one refusal is replayed or discarded, never both, when both are asked for at the same time', async (t) => {
    const one = await TestRefusals.open(t)
    const other = await gatewayFor(t, { env: freshSchemas, contracts: [keeping(one.topic)] })
    const two = new TestRefusals(await governingApi(other.url), one.topic)
    const ids = await one.refuse(...Array.from({ length: 5 }, (_, n) => ({ n, colour: 'red' })))
    await mend(one.topic)
    await one.untilValid(ids[0] as string)
    await two.untilValid(ids[0] as string)

    for (const id of ids) {
      const answers = await Promise.all([one.replay(id), two.discard(id)])
      for (const { status, text } of answers) assert.ok([200, 204, 409, 503, 504].includes(status), text)
    }
    const listed = await two.list()
    const events = await one.events()

    const replayed = listed
      .filter(({ state }) => state === 'replayed')
      .map(({ event }) => JSON.parse(event?.text ?? ''))
    t.diagnostic(`${replayed.length} of ${ids.length} were replayed`)
    assert.deepEqual(
      events.map(({ value }) => value),
      replayed,
    )
  })

  test('what one keeps is listed and replayed by the other', async (t) => {
    const one = await TestRefusals.open(t)
    const other = await gatewayFor(t, { env: freshSchemas, contracts: [keeping(one.topic)] })
    const two = new TestRefusals(await governingApi(other.url), one.topic)
    await two.page()
    const [id = ''] = await one.refuse({ n: 1, colour: 'red' })

    const seen = await two.get(id)
    const done = await two.replay(id, { patch: [{ op: 'remove', path: '/value/colour' }] })

    assert.equal(seen.body.state, 'open', seen.text)
    assert.equal(done.body.outcome, 'replayed', done.text)
    assert.equal((await one.get(id)).body.state, 'replayed')
  })
})
