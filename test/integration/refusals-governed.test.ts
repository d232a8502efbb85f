import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { auditRecords, promptAudit } from '../support/audit.ts'
import { maskingSecret } from '../support/masked.ts'
import { pollUntil } from '../support/poll.ts'
import { mend, TestRefusals } from '../support/refusals.ts'
import { issueToken } from '../support/tokens.ts'

const masking = 'masking: {unless: pii, fields: {/n: mask}}\n'
const masked = { contract: masking, env: { HEADGATE_SECRETS_MASKING: maskingSecret } }

suite('refusals', () => {
  test('are shown without their events to who governs the topic and may not read it', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [id = ''] = await refusals.refuse({ n: 'a secret' })
    const token = await issueToken([`contracts-write:${refusals.topic}`])

    const one = await refusals.get(id, { token })
    const all = await refusals.api.get(`/v1/topics/${refusals.topic}/refusals`, { token })
    const dry = await refusals.replay(id, { dryRun: true }, { token })
    const replay = await refusals.replay(id, {}, { token })
    const patched = await refusals.replay(
      id,
      { patch: [{ op: 'test', path: '/value/n', value: 'a secret' }] },
      { token },
    )

    for (const { text } of [one, all, dry, replay]) assert.ok(!text.includes('a secret'), text)
    assert.equal(one.body.event, null)
    assert.equal(one.body.violations[0].pointer, '/n')
    assert.equal(dry.body.outcome, 'refused')
    assert.deepEqual([patched.status, patched.body.code], [403, 'scope-missing'])
  })

  test('are shown and patched only by who has the scope that unmasks the topic', async (t) => {
    const refusals = await TestRefusals.open(t, masked)
    const [id = ''] = await refusals.refuse({ n: 'a secret' })
    const patch = [{ op: 'replace', path: '/value/n', value: 1 }]
    const unmasking = { token: await issueToken(['read', 'contracts-write', 'pii']) }

    const one = await refusals.get(id)
    const patched = await refusals.replay(id, { patch })
    const allPatched = await refusals.replayAll({ patch })
    const seen = await refusals.get(id, unmasking)
    const done = await refusals.replay(id, { patch }, unmasking)

    assert.equal(one.body.event, null)
    assert.ok(!one.text.includes('a secret'))
    assert.deepEqual([patched.status, allPatched.status], [403, 403])
    assert.match(patched.body.detail, new RegExp(`pii:${refusals.topic}`))
    assert.equal(seen.body.event.text, '{"n":"a secret"}')
    assert.equal(done.body.outcome, 'replayed', done.text)
  })

  test('are replayed without a patch by who does not see them', async (t) => {
    const refusals = await TestRefusals.open(t, masked)
    const [id = ''] = await refusals.refuse({ n: 1, colour: 'red' })
    await mend(refusals.topic)
    await refusals.untilValid(id)

    const answer = await refusals.replayAll({}, { token: await issueToken(['contracts-write']) })

    assert.equal(answer.body.counts.replayed, 1, answer.text)
  })

  test('leave a record in the audit when they are replayed or discarded, and none of dry runs', async (t) => {
    const refusals = await TestRefusals.open(t, { env: promptAudit })
    const [first = '', second = '', third = ''] = await refusals.refuse({ n: 'x' }, { n: 'y' }, { n: 'z' })
    const patch = [{ op: 'replace', path: '/value/n', value: 1 }]

    await refusals.replayAll({ dryRun: true })
    await refusals.replay(first, { patch })
    await refusals.replayAll({ filter: { rule: 'invalid-format' }, patch, limit: 1 })
    await refusals.discard(third)
    const ofTopic = async () =>
      (await auditRecords()).filter((each) => 'resource' in each && each.resource?.name === refusals.topic)
    await pollUntil(async () => (await ofTopic()).length === 3)

    assert.equal((await refusals.get(second)).body.state, 'replayed')
    assert.deepEqual(
      (await ofTopic()).map((each) => [
        each.event,
        'outcome' in each && each.outcome,
        'details' in each && each.details,
      ]),
      [
        ['refusals-replayed', 'done', { refusal: first, patched: true, replayed: 1 }],
        ['refusals-replayed', 'done', { refusal: null, patched: true, replayed: 1 }],
        ['refusal-discarded', 'done', { refusal: third }],
      ],
    )
  })
})

suite('a replay', () => {
  test('takes key, headers, time and partition from the event, or from its patch', async (t) => {
    const refusals = await TestRefusals.open(t, { topic: { partitions: 3 } })
    const event = { value: { n: 'x' }, key: 'k', headers: { a: '1' }, timestamp: 1_700_000_000_000, partition: 9 }
    await refusals.api.post(`/v1/topics/${refusals.topic}/events/batch`, { events: [event, { value: null }] })
    const [first, tombstone] = await refusals.list()
    const mended = [
      { op: 'replace', path: '/value', value: { n: 5 } },
      { op: 'replace', path: '/partition', value: 2 },
      { op: 'add', path: '/headers/b', value: ['2', '3'] },
    ]

    const one = await refusals.replay(first?.id ?? '', { patch: mended })
    const two = await refusals.replay(tombstone?.id ?? '', { patch: [{ op: 'add', path: '/key', value: 'k2' }] })
    const noEvent = await refusals.refuse({ n: 'x' })
    const wrong = await refusals.replay(noEvent[0] ?? '', { patch: [{ op: 'add', path: '/vlaue', value: 1 }] })
    const events = await refusals.events()

    assert.equal(one.body.partition, 2, one.text)
    const found = events.find(({ partition }) => partition === 2)
    assert.deepEqual([found?.key, found?.value, found?.timestamp], ['k', { n: 5 }, '2023-11-14T22:13:20.000Z'])
    assert.deepEqual(found?.headers, { a: '1', b: ['2', '3'], 'headgate-replayed': first?.id })
    assert.equal(two.body.outcome, 'replayed', two.text)
    assert.deepEqual(events.find(({ key }) => key === 'k2')?.value, null)
    assert.deepEqual([wrong.status, wrong.body.code], [422, 'patch-failed'], wrong.text)
    assert.match(wrong.body.detail, /vlaue/)
  })

  test('of many goes on from the cursor of its answer, past those that are refused again', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [id = ''] = await refusals.refuse(
      ...[1, 2, 3, 4, 5].map((n) => (n % 2 === 0 ? { n: 'x' } : { n, colour: 'red' })),
    )
    await mend(refusals.topic)
    await refusals.untilValid(id)

    const outcomes: string[] = []
    let calls = 0
    for (let cursor: string | undefined; ; calls++) {
      const { body, text } = await refusals.replayAll({ limit: 2, ...(cursor !== undefined && { cursor }) })
      outcomes.push(...body.outcomes.map(({ outcome }: { outcome: string }) => outcome))
      assert.equal(body.stopped, null, text)
      if (body.atEnd) break
      cursor = body.cursor
    }

    assert.deepEqual(outcomes, ['replayed', 'refused', 'replayed', 'refused', 'replayed'])
    assert.ok(calls <= 3)
    assert.equal((await refusals.page()).open, 2)
    assert.deepEqual(
      (await refusals.events()).map(({ value }) => (value as { n: number }).n),
      [1, 3, 5],
    )
  })

  test('is of those alone that fit its filter', async (t) => {
    const refusals = await TestRefusals.open(t)
    await refusals.refuse({ n: 1, colour: 'red' }, { m: 1 }, { n: 2, colour: 'red' })
    const patch = [{ op: 'remove', path: '/value/colour' }]

    const { body } = await refusals.replayAll({ filter: { rule: 'unknown-field' }, patch })
    const other = await refusals.replayAll({ patch })

    assert.deepEqual([body.counts.replayed, body.counts.unpatched], [2, 1], JSON.stringify(body))
    assert.deepEqual(
      other.body.outcomes.map(({ outcome }: { outcome: string }) => outcome),
      ['unpatched'],
    )
  })

  test('leaves open what Kafka does not take, and writes its neighbours', async (t) => {
    const refusals = await TestRefusals.open(t, { topic: { config: { 'max.message.bytes': '2000' } } })
    const long = Array.from({ length: 3_000 }, (_, n) => n).join()
    const patch = [{ op: 'remove', path: '/value/colour' }]
    const events = [1, 2, 3].map((n) => ({ value: { n, colour: 'red' }, ...(n === 2 && { headers: { long } }) }))
    await refusals.api.post(`/v1/topics/${refusals.topic}/events/batch`, { events })

    const { body } = await refusals.replayAll({ patch })

    assert.deepEqual(
      body.outcomes.map(({ outcome, code }: { outcome: string; code?: string }) => code ?? outcome),
      ['replayed', 'kafka-rejected', 'replayed'],
      JSON.stringify(body),
    )
    assert.equal((await refusals.page()).open, 1)
    assert.deepEqual(
      (await refusals.events()).map(({ value }) => (value as { n: number }).n),
      [1, 3],
    )
  })

  test('takes no patch that is none', async (t) => {
    const refusals = await TestRefusals.open(t)
    const [id = ''] = await refusals.refuse({ n: 'x' })
    const wrong: unknown[] = [
      [],
      {},
      [{ op: 'add', path: '/value' }],
      [{ op: 'spin', path: '/value' }],
      [{ op: 'remove', path: 'value' }],
      [{ op: 'move', path: '/value' }],
      [{ op: 'remove', path: '/~2' }],
    ]

    for (const patch of wrong) {
      const answer = await refusals.replay(id, { patch })
      assert.deepEqual(
        [answer.status, answer.body.code],
        [400, 'invalid-body'],
        `${JSON.stringify(patch)} ${answer.text}`,
      )
    }
  })
})
