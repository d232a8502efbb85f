import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createKey } from '../support/api-keys.ts'
import { keptTopic, TestRefusals } from '../support/refusals.ts'
import { publishLines, waysIn } from '../support/refused-by-all-ways.ts'
import { issueToken } from '../support/tokens.ts'
import { topicSettings } from '../support/topic-settings.ts'

const wayOf: Record<string, string> = {
  'one event': 'event',
  'a batch': 'batch',
  NDJSON: 'lines',
  'a WebSocket': 'websocket',
}

suite('what is kept of refused events', () => {
  for (const [name, publish] of Object.entries(waysIn)) {
    test(`is the event as it came by ${name}, and who sent it`, async (t) => {
      const refusals = await TestRefusals.open(t)
      const { api, topic } = refusals
      const token = await issueToken(['publish', 'read'])
      const values = [{ n: 'x' }, { n: 1, more: { x: [1.5, null] } }]

      const ids = await publish({ api, token, topic }, values, t)
      const kept = await refusals.list()

      assert.deepEqual(
        ids,
        kept.map(({ id }) => id),
      )
      assert.deepEqual(
        kept.map(({ event }) => event?.text),
        values.map((value) => JSON.stringify(value)),
      )
      assert.deepEqual(
        kept.map(({ violations }) => violations[0]?.pointer),
        ['/n', '/more'],
      )
      assert.ok(kept.every(({ way }) => way === (wayOf[name] ?? 'cloudevents')))
      assert.ok(kept.every(({ caller, address }) => caller.kind === 'token' && address !== null))
      assert.ok(kept.every(({ schema }) => schema?.version === 1))
    })
  }

  test('is their exact text, in a batch and a line with other white space, digits and escapes than ours', async (t) => {
    const refusals = await TestRefusals.open(t)
    const texts = ['{ "n":1.0e400 }', '{"n":\t1 ,"2":1,"1":"\\u00e9"}', '"\\/"']
    const path = `/v1/topics/${refusals.topic}/events`

    const batch = await refusals.api.post(
      `${path}/batch`,
      `{"events":[${texts.map((text) => `{"key":"v", "value" : ${text} }`)}]}`,
    )
    const token = await issueToken(['publish'])
    const lines = texts.map((text) => ` {"value" : ${text}, "key":"k"}`).join('\r\n')
    await publishLines({ token, api: refusals.api, topic: refusals.topic }, lines)
    const kept = await refusals.list()

    assert.equal(batch.status, 422, batch.text)
    assert.deepEqual(
      kept.map(({ event }) => event?.text),
      [...texts, ...texts],
    )
  })

  test('is their key, headers, time and partition, as they were given', async (t) => {
    const refusals = await TestRefusals.open(t)
    const event = {
      value: {},
      key: { base64: '/w==' },
      headers: { a: ['1', { base64: '/w==' }] },
      timestamp: 1_700_000_000_000,
      partition: 7,
    }

    await refusals.api.post(`/v1/topics/${refusals.topic}/events/batch`, { events: [event, { value: null }] })
    const [kept, tombstone] = await refusals.list()

    const { value: _value, ...envelope } = event
    assert.deepEqual(kept?.event, { text: '{}', ...envelope })
    assert.deepEqual(
      kept?.violations.map(({ code }) => code),
      ['missing-field', 'unknown-partition'],
    )
    assert.deepEqual([tombstone?.event, tombstone?.schema], [{ text: 'null' }, null])
  })

  test('is said of each event of a request, and of those alone that are refused', async (t) => {
    const refusals = await TestRefusals.open(t)
    const events = [{ value: { n: 1 } }, { value: { n: 'x' } }, { value: { n: 2 } }]
    const path = `/v1/topics/${refusals.topic}/events/batch`

    const skipped = await refusals.api.post(path, { events })
    const withheld = await refusals.api.post(path, { events, onRefusal: 'withhold' })
    const kept = await refusals.list()

    assert.deepEqual(
      skipped.body.outcomes.map((outcome: { kept?: string }) => outcome.kept),
      [undefined, kept[0]?.id, undefined],
    )
    assert.deepEqual(
      withheld.body.outcomes.map((outcome: { kept?: string }) => outcome.kept),
      [undefined, kept[1]?.id, undefined],
    )
    assert.equal(kept.length, 2)
  })

  test('is nothing of dry runs, of callers who are not let in, and of what is no event', async (t) => {
    const refusals = await TestRefusals.open(t)
    const path = `/v1/topics/${refusals.topic}/events`
    const reading = await issueToken(['read'])

    const statuses = [
      (await refusals.api.post(`${path}/validate`, { n: 'x' })).status,
      (await refusals.publish({ n: 'x' }, { token: null })).status,
      (await refusals.publish({ n: 'x' }, { token: 'nonsense' })).status,
      (await refusals.publish({ n: 'x' }, { token: reading })).status,
      (await refusals.publish('{"n":')).status,
    ]
    const token = await issueToken(['publish'])
    const told = await publishLines({ api: refusals.api, topic: refusals.topic, token }, '{"value":\n{"vlaue":{}}\n')

    assert.deepEqual(statuses, [200, 401, 401, 403, 400])
    assert.deepEqual(
      told.slice(0, 2).map(({ kept }) => kept),
      [null, null],
    )
    assert.match(told[0].notKept, /cannot be read as an event/)
    const { refusals: kept, open, atEnd, cursor } = await refusals.page()
    assert.deepEqual([kept, open, atEnd, cursor], [[], 0, true, null])
  })

  test('is nothing of a topic whose contract does not say so', async (t) => {
    const refusals = await TestRefusals.open(t)
    const other = new TestRefusals(refusals.api, await keptTopic(t))

    const answer = await other.publish({ n: 'x' })

    assert.equal(answer.status, 422)
    assert.equal('kept' in answer.body, false)
    assert.deepEqual(await other.list(), [])
    assert.equal((await refusals.api.get(`/v1/topics/${other.topic}/refusals/00000000-0`)).status, 404)
  })

  test('goes after as many days as the contract says, and has room for the largest event', async (t) => {
    const refusals = await TestRefusals.open(t, { contract: '', env: {} })
    const long = 'x'.repeat(1_048_000)

    const answer = await refusals.publish({ n: long })
    const [kept] = await refusals.list()

    assert.equal(answer.body.kept, kept?.id, answer.text)
    assert.equal(kept?.event?.text.length, JSON.stringify({ n: long }).length)
    const settings = await topicSettings(`_headgate.refusals.${refusals.topic}`)
    assert.equal(settings.get('retention.ms'), String(30 * 86_400_000))
    assert.equal(settings.get('message.timestamp.type'), 'LogAppendTime')
  })
})

suite('refusals', () => {
  test('are found by rule, caller, state and time, a page at a time', async (t) => {
    const refusals = await TestRefusals.open(t)
    const { key, id } = await createKey(refusals.gateway, { scopes: ['publish'] })
    const [first = ''] = await refusals.refuse({ n: 'x' }, { n: 'y' })
    const ofKey = await refusals.publish({ m: 1 }, { token: key })
    const between = (await refusals.get(ofKey.body.kept)).body.time
    await refusals.refuse({})
    await refusals.discard(first)
    const idsOf = async (query: Record<string, string | number>) => (await refusals.list(query)).map((each) => each.id)
    const [, second, third, fourth] = await idsOf({})

    assert.deepEqual(await idsOf({ limit: 1 }), [first, second, third, fourth])
    assert.deepEqual(await idsOf({ state: 'discarded' }), [first])
    assert.deepEqual(await idsOf({ state: 'open', limit: 2 }), [second, third, fourth])
    assert.deepEqual(await idsOf({ rule: 'invalid-format' }), [first, second])
    assert.deepEqual(await idsOf({ rule: 'missing-field', limit: 1 }), [third, fourth])
    assert.deepEqual(await idsOf({ caller: id }), [third])
    assert.deepEqual(await idsOf({ caller: `key:${id}` }), [third])
    assert.deepEqual(await idsOf({ caller: 'nobody' }), [])
    assert.deepEqual(
      await idsOf({ since: between }),
      (await refusals.list()).filter(({ time }) => time >= between).map((each) => each.id),
    )
    assert.deepEqual(
      await idsOf({ until: between }),
      (await refusals.list()).filter(({ time }) => time < between).map((each) => each.id),
    )
    assert.deepEqual(await idsOf({ since: '2999-01-01T00:00:00Z' }), [])
    assert.equal((await refusals.page()).open, 3)
    assert.equal((await refusals.api.get(`/v1/topics/${refusals.topic}/refusals?since=yesterday`)).status, 400)
    assert.equal(
      (await refusals.api.get(`/v1/topics/${refusals.topic}/refusals?cursor=AAAA`)).body.code,
      'invalid-cursor',
    )
  })

  test('are counted by rule and caller, kept and settled', async (t) => {
    const refusals = await TestRefusals.open(t)
    const { key, id } = await createKey(refusals.gateway, { scopes: ['publish'] })
    await refusals.publish({ m: 1 }, { token: key })
    const [first = ''] = await refusals.refuse({ n: 'x' })
    await refusals.discard(first)

    const { text } = await refusals.api.get('/metrics')

    assert.match(text, new RegExp(`headgate_events_refused_total{rule="missing-field",caller="key:${id}"} 1`))
    assert.match(text, /headgate_events_refused_total{rule="invalid-format",caller="token"} 1/)
    assert.match(text, /headgate_refusals_total{result="kept"} 2/)
    assert.match(text, /headgate_refusals_settled_total{state="discarded"} 1/)
  })
})
