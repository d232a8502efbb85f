import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { uniqueName } from '../support/gateway.ts'
import { mend, TestRefusals } from '../support/refusals.ts'

const painted = (n: number) => ({ n, colour: 'red' })

suite('refused events of a topic whose contract keeps them', () => {
  test('are listed with all that is known of them', async (t) => {
    const refusals = await TestRefusals.open(t)

    const answer = await refusals.publish('{ "colour":"red",\n"n" : 9007199254740993.0 }', {
      headers: { 'event-key': 'k-1', 'x-request-id': 'the-request', 'event-headers': '{"source":"shop"}' },
    })
    const { refusals: found, open, atEnd } = await refusals.page()
    const [refusal] = found

    assert.equal(answer.status, 422, answer.text)
    assert.equal(typeof answer.body.kept, 'string')
    assert.deepEqual([found.length, open, atEnd], [1, 1, true])
    assert.equal(refusal?.id, answer.body.kept)
    assert.deepEqual(refusal?.violations, answer.body.violations)
    assert.deepEqual(refusal?.schema, answer.body.schema)
    assert.deepEqual(refusal?.event, {
      text: '{ "colour":"red",\n"n" : 9007199254740993.0 }',
      key: 'k-1',
      headers: { source: 'shop' },
    })
    assert.equal(refusal?.requestId, 'the-request')
    assert.equal(refusal?.way, 'event')
    assert.equal(refusal?.state, 'open')
    assert.equal(refusal?.caller.kind, 'token')
    assert.match(refusal?.address ?? '', /127\.0\.0\.1/)
    assert.deepEqual((await refusals.get(answer.body.kept)).body, refusal)
  })

  test('are replayed once the schema is mended, each once, with their key, headers and the time they came at', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [id = ''] = await refusals.refuse(painted(1), painted(2), painted(3))
    const before = await refusals.replayAll()
    await mend(refusals.topic)
    await refusals.untilValid(id)

    const answer = await refusals.replayAll()
    const again = await refusals.replayAll()
    const events = await refusals.events()

    assert.equal(before.body.counts.refused, 3)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.counts.replayed, 3, answer.text)
    assert.deepEqual(again.body.outcomes, [])
    assert.deepEqual(
      events.map(({ value }) => value),
      [painted(1), painted(2), painted(3)],
    )
    assert.equal(events[0]?.headers['headgate-replayed'], id)
    const listed = await refusals.list()
    assert.deepEqual(
      listed.map(({ state }) => state),
      ['replayed', 'replayed', 'replayed'],
    )
    assert.deepEqual(
      events.map(({ timestamp }) => timestamp),
      listed.map(({ time }) => time),
    )
  })

  test('one is mended by a JSON Patch, and replayed with all digits of its numbers', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [id = ''] = await refusals.refuse({ N: 1 })

    const wrong = await refusals.replay(id, { patch: [{ op: 'remove', path: '/value/x' }] })
    const still = await refusals.replay(id, { patch: [{ op: 'add', path: '/value/n', value: 'x' }] })
    const body = '{"patch":[{"op":"remove","path":"/value/N"},{"op":"add","path":"/value/n","value":9007199254740993}]}'
    const dry = await refusals.api.post(
      `/v1/topics/${refusals.topic}/refusals/${id}/replay`,
      body.replace('{', '{"dryRun":true,'),
    )
    const done = await refusals.api.post(`/v1/topics/${refusals.topic}/refusals/${id}/replay`, body)
    const again = await refusals.replay(id)
    const read = await refusals.api.get(`/v1/topics/${refusals.topic}/events?longs=string`)

    assert.deepEqual([wrong.status, wrong.body.code], [422, 'patch-failed'], wrong.text)
    assert.deepEqual([still.status, still.body.code], [422, 'event-refused'], still.text)
    assert.deepEqual([dry.status, dry.body.outcome], [200, 'valid'], dry.text)
    assert.deepEqual([done.status, done.body.outcome], [200, 'replayed'], done.text)
    assert.deepEqual([again.status, again.body.code], [409, 'refusal-settled'])
    assert.deepEqual(
      read.body.events.map((event: { value: unknown }) => event.value),
      [{ n: '9007199254740993' }],
    )
  })

  test('none of them has the name "replay": what is no replay there is 405', async (t) => {
    const { gateway, topic } = await TestRefusals.open(t)
    for (const method of ['GET', 'DELETE']) {
      const { status, headers } = await gateway.api.call(`/v1/topics/${topic}/refusals/replay`, { method })
      assert.deepEqual([status, headers.get('allow')], [405, 'POST'])
    }
  })

  test('one that is discarded is not replayed any more', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [first = '', second = ''] = await refusals.refuse(painted(1), painted(2))
    await mend(refusals.topic)
    await refusals.untilValid(first)

    const discarded = await refusals.discard(first)
    const again = await refusals.discard(first)
    const replay = await refusals.replay(first)
    await refusals.replayAll()

    assert.equal(discarded.status, 204, discarded.text)
    assert.deepEqual([again.status, replay.status], [409, 409])
    assert.deepEqual(
      (await refusals.events()).map(({ value }) => value),
      [painted(2)],
    )
    assert.equal((await refusals.get(first)).body.state, 'discarded')
    assert.equal((await refusals.get(second)).body.state, 'replayed')
    assert.equal((await refusals.get(uniqueName('nothing'))).status, 400)
    assert.equal((await refusals.get('00000000-1')).status, 404)
  })
})
