import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { auditRecords } from '../support/audit.ts'
import { contractOf, patchContract, pathOf, putContract, untilRevision } from '../support/contracts.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { maskingSecret } from '../support/masked.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic } from '../support/reading.ts'
import { issueToken } from '../support/tokens.ts'

const newTopic = () => uniqueName('contract')
const ifMatch = (revision: number) => ({ headers: { 'if-match': `"${revision}"` } })

suite('/v1/contracts/{topic}', () => {
  let one: TestGateway
  let other: TestGateway

  before(async () => {
    one = await startGateway()
    other = await startGateway()
  })
  after(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  test('answers for a topic of which nobody wrote anything with the default contract', async () => {
    const topic = newTopic()

    const { headers, body } = await one.api.get(pathOf(topic))

    assert.equal(headers.get('etag'), '"0"')
    assert.deepEqual(body, {
      topic,
      contract: {
        topic,
        subject: { strategy: 'topic-name' },
        schemaless: false,
        slowReaders: 'disconnect',
        write: { tombstones: true, key: 'optional' },
        read: {},
      },
      source: 'default',
      file: null,
      revision: 0,
      updatedAt: null,
      updatedBy: null,
      topicExists: false,
      drift: [],
    })
  })

  test('has what is written on all replicas, long before 5 seconds', async (t) => {
    const times: number[] = []
    for (let n = 1; n <= 10; n++) {
      const topic = await createTopic(t)
      await untilRevision(other.api, topic, 0)

      const written = await putContract(one.api, topic, { schemaless: true, owner: 'shop' })
      times.push(await untilRevision(other.api, topic, 1))

      assert.equal(written.status, 201, written.text)
      assert.equal(written.headers.get('etag'), '"1"')
      assert.equal(written.body.source, 'topic')
      assert.equal(written.body.topicExists, true)
      const published = await other.api.post(`/v1/topics/${topic}/events`, { any: 'thing' })
      assert.equal(published.status, 201, published.text)
    }

    const longest = Math.max(...times)
    t.diagnostic(`the other replica has it after ${Math.round(longest)} ms at most`)
    assert.ok(longest < 5_000, `${longest} ms`)
  })

  test('keeps what was written when it starts again', async (t) => {
    const topic = newTopic()
    await putContract(one.api, topic, { owner: 'shop', description: 'Orders' })

    const restarted = await gatewayFor(t)

    assert.deepEqual(await contractOf(restarted.api, topic), await contractOf(one.api, topic))
    assert.equal((await contractOf(restarted.api, topic)).contract.description, 'Orders')
  })

  test('changes members by merge patch, and gives them their defaults again', async () => {
    const topic = newTopic()
    await putContract(one.api, topic, {
      owner: 'shop',
      masking: { unless: 'pii', fields: { '/a': 'mask', '/b': 'drop' } },
    })

    const patched = await patchContract(one.api, topic, {
      owner: null,
      masking: { fields: { '/a': null, '/c': 'mask' } },
      write: { key: 'required' },
    })

    assert.equal(patched.status, 200, patched.text)
    const { contract, revision } = patched.body
    assert.equal(revision, 2)
    assert.equal('owner' in contract, false)
    assert.deepEqual(contract.masking.fields, { '/b': 'drop', '/c': 'mask' })
    assert.deepEqual(contract.write, { tombstones: true, key: 'required' })
  })

  test('takes back what it shows, and that is no new revision', async () => {
    const topic = newTopic()
    for (const written of [
      { schemaless: true, masking: { unless: 'pii', fields: { '/a': 'mask' } } },
      { owner: 'x' },
    ]) {
      const { body: before } = await putContract(one.api, topic, written)

      const again = await putContract(one.api, topic, before.contract)

      assert.equal(again.status, 200, again.text)
      assert.deepEqual(again.body, before)
    }
  })

  test('tells who changed what, the latest first, and what it was', async () => {
    const topic = newTopic()
    await putContract(one.api, topic, { owner: 'shop' })
    await patchContract(one.api, topic, { slowReaders: 'conflate', owner: 'warehouse' })
    await one.api.call(pathOf(topic), { method: 'DELETE' })

    const { body } = await other.api.get(`${pathOf(topic)}/history`)

    const seen = body.revisions.map(({ revision, changed, source }: Record<string, unknown>) => [
      revision,
      changed,
      source,
    ])
    assert.deepEqual(seen, [
      [3, [''], 'default'],
      [2, ['/owner', '/slowReaders'], 'topic'],
      [1, [''], 'topic'],
    ])
    const second = await other.api.get(`${pathOf(topic)}/history/2`)
    assert.deepEqual(second.body, body.revisions[1])
    assert.deepEqual(second.body.contract, { topic, owner: 'warehouse', slowReaders: 'conflate' })
    const none = await other.api.get(`${pathOf(topic)}/history/4`)
    assert.deepEqual([none.status, none.body.code], [404, 'contract-revision-not-found'])
    assert.equal((await contractOf(one.api, topic)).source, 'default')
  })

  test('changes only the revision that is named', async () => {
    const topic = newTopic()
    const isNew = { headers: { 'if-none-match': '*' } }

    const created = await putContract(one.api, topic, { owner: 'a' }, isNew)
    const again = await putContract(other.api, topic, { owner: 'b' }, isNew)
    const late = await putContract(other.api, topic, { owner: 'c' }, ifMatch(7))
    const patched = await patchContract(other.api, topic, { owner: 'd' }, { 'if-match': '"1", "9"' })
    const deleted = await one.api.call(pathOf(topic), { method: 'DELETE', ...ifMatch(1) })
    const gone = await one.api.call(pathOf(topic), { method: 'DELETE', headers: { 'if-match': '*' } })
    const none = await putContract(one.api, newTopic(), { owner: 'e' }, { headers: { 'if-match': '*' } })
    const wrong = await putContract(one.api, topic, {}, { headers: { 'if-match': 'W/"1"' } })

    assert.deepEqual(
      [created, again, late].map(({ status }) => status),
      [201, 412, 412],
    )
    assert.deepEqual(
      [again.body.code, again.body.revision, again.headers.get('etag')],
      ['revision-not-current', 1, '"1"'],
    )
    assert.deepEqual([patched.status, patched.body.revision], [200, 2])
    assert.deepEqual([deleted.status, deleted.body.revision], [412, 2])
    assert.equal(gone.status, 200)
    assert.deepEqual([none.status, none.body.revision], [412, 0])
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'invalid-parameter'])
  })

  test('lets one of two replicas win where both change the same revision at once', async (t) => {
    const wins = { one: 0, other: 0 }
    for (let n = 0; n < 20; n++) {
      const topic = newTopic()

      const answers = await Promise.all([
        putContract(one.api, topic, { owner: 'one' }, ifMatch(0)),
        putContract(other.api, topic, { owner: 'other' }, ifMatch(0)),
      ])
      await untilRevision(one.api, topic, 1)
      await untilRevision(other.api, topic, 1)

      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 412])
      const owner = answers[0]?.status === 201 ? 'one' : 'other'
      wins[owner]++
      for (const { api } of [one, other]) assert.equal((await contractOf(api, topic)).contract.owner, owner)
    }
    t.diagnostic(JSON.stringify(wins))
  })

  test('says everything that is wrong with a contract, and changes nothing', async () => {
    const topic = newTopic()

    const put = await putContract(one.api, topic, {
      topic: 'another',
      ownr: 'me',
      subject: { version: 0 },
      masking: { unless: 'read', fields: { '/a': 'hide' } },
      write: { closed: '', requires: 'publish' },
    })
    const patched = await patchContract(one.api, topic, { key: { field: 'id' } })
    const hashed = await putContract(one.api, topic, { masking: { unless: 'pii', fields: { '/a': 'hash' } } })

    assert.deepEqual([put.status, put.body.code], [422, 'contract-invalid'])
    const pointers = put.body.faults.map(({ pointer }: { pointer: string }) => pointer).sort()
    assert.deepEqual(pointers, [
      '/masking/fields/~1a',
      '/masking/unless',
      '/ownr',
      '/subject/version',
      '/topic',
      '/write/closed',
      '/write/requires',
    ])
    assert.match(put.text, /did you mean `owner`/)
    assert.deepEqual(patched.body.faults, [
      { in: 'body', pointer: '/key/field', message: 'expected a JSON Pointer such as `/id`, found "id"' },
    ])
    assert.match(hashed.text, /HEADGATE_SECRETS_MASKING/)
    assert.equal((await contractOf(one.api, topic)).revision, 0)
  })

  test('takes pseudonyms where there is a secret for them', async (t) => {
    const { api } = await gatewayFor(t, { env: { HEADGATE_SECRETS_MASKING: maskingSecret } })
    const { status } = await putContract(api, newTopic(), { masking: { unless: 'pii', fields: { '/a': 'hash' } } })

    assert.equal(status, 201)
  })

  test('refuses what is no contract at all, and more than it takes', async () => {
    const topic = newTopic()
    const large = { description: 'x'.repeat(70_000) }

    const list = await putContract(one.api, topic, [])
    const whole = await patchContract(one.api, topic, 'null')
    const type = await one.api.call(pathOf(topic), { method: 'PATCH', body: { owner: 'x' } })
    const tooLarge = await putContract(one.api, topic, large)
    await putContract(one.api, topic, { owner: 'x'.repeat(40_000) })
    const grown = await patchContract(one.api, topic, { description: 'x'.repeat(40_000) })

    const seen = [list, whole, type, tooLarge, grown].map(({ status, body }) => [status, body.code])
    assert.deepEqual(seen, [
      [400, 'invalid-body'],
      [400, 'invalid-body'],
      [415, 'unsupported-media-type'],
      [413, 'body-too-large'],
      [413, 'body-too-large'],
    ])
  })

  test('is read by who may read, publish or govern, and changed by who governs', async () => {
    const topic = newTopic()
    const cases: [scopes: string[], reads: number, writes: number][] = [
      [[`read:${topic}`], 200, 403],
      [[`publish:${topic}`], 200, 403],
      [[`contracts-write:${topic}`], 200, 200],
      [['schemas-write', 'admin', 'keys'], 403, 403],
      [['contracts-write:other*', 'read:other'], 403, 403],
    ]
    await putContract(one.api, topic, { owner: 'x' })
    for (const [scopes, reads, writes] of cases) {
      const token = await issueToken(scopes)
      const read = await one.api.get(pathOf(topic), { token })
      const history = await one.api.get(`${pathOf(topic)}/history`, { token })
      const write = await putContract(one.api, topic, { owner: 'x' }, { token })
      const listed = await one.api.get('/v1/contracts', { token })
      const isListed = listed.status === 200 && listed.text.includes(topic)

      assert.deepEqual([read.status, history.status, write.status], [reads, reads, writes], String(scopes))
      assert.equal(isListed, reads === 200, String(scopes))
    }
    for (const internal of ['_headgate.contracts', '__consumer_offsets']) {
      assert.equal((await one.api.get(pathOf(internal))).status, 403)
      assert.equal((await putContract(one.api, internal, {})).status, 403)
    }
  })

  test('leaves a record of each change in the audit', async () => {
    const topic = newTopic()
    await putContract(one.api, topic, { owner: 'x' }, { headers: { 'x-request-id': topic } })
    await putContract(one.api, topic, { owner: 'x' })
    await putContract(one.api, topic, { ownr: 'x' })
    await one.api.call(pathOf(topic), { method: 'DELETE' })

    let records: Awaited<ReturnType<typeof auditRecords>> = []
    await pollUntil(async () => {
      records = (await auditRecords()).filter((record) => 'resource' in record && record.resource?.name === topic)
      return records.length === 2
    })

    const seen = records.map((record) => ('details' in record ? [record.event, record.outcome, record.details] : []))
    assert.deepEqual(seen, [
      ['contract-changed', 'done', { revision: 1, changed: [''] }],
      ['contract-deleted', 'done', { revision: 2, changed: [''] }],
    ])
    assert.equal(records[0]?.event !== 'refusals-not-listed' && records[0]?.requestId, topic)
  })

  test('knows whether Kafka has the topic', async (t) => {
    const topic = await numberTopic(t)
    assert.equal((await contractOf(one.api, topic)).topicExists, true)
    assert.equal((await contractOf(one.api, newTopic())).topicExists, false)
  })
})
