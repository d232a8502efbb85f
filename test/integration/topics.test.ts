import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { addPartitions, createTopic, deleteRecords, untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberSchema } from '../support/reading.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

suite('what there is to publish to and to read from', () => {
  const [orders, plain, unbound] = [uniqueName('orders'), uniqueName('plain'), uniqueName('unbound')]
  let gateway: TestGateway

  before(async () => {
    const contracts = [
      `topic: ${orders}\nowner: shop@example.org\ndescription: What was ordered.\nkey: { field: /n }\nsubject: { version: 1 }\n`,
      `topic: ${plain}\nschemaless: true\n`,
    ]
    gateway = await startGateway({ contracts })
    await createTopic(untilTheRunEnds, { name: orders, partitions: 2 })
    await createTopic(untilTheRunEnds, { name: plain })
    await createTopic(untilTheRunEnds, { name: unbound })
    await registerSchema(`${orders}-value`, numberSchema)
  })
  after(() => gateway[Symbol.asyncDispose]())

  const list = async (...scopes: string[]) => {
    const { body } = await gateway.api.get('/v1/topics', { token: await issueToken(scopes) })
    return body.topics as { topic: string; partitions: number; may: string[] }[]
  }

  test('the list has the topics that the scopes reach, with what may be done, by name', async () => {
    const all = await list('read', `publish:${orders}`)
    const names = all.map(({ topic }) => topic)
    const named = await list(`publish:${plain}`, `read:${unbound}`)

    assert.deepEqual(names, names.toSorted())
    assert.deepEqual(
      all.find(({ topic }) => topic === orders),
      { topic: orders, partitions: 2, may: ['read', 'publish'] },
    )
    assert.deepEqual(
      named,
      [
        { topic: plain, partitions: 1, may: ['publish'] },
        { topic: unbound, partitions: 1, may: ['read'] },
      ].toSorted((a, b) => (a.topic < b.topic ? -1 : 1)),
    )
  })

  test("the list has none of Kafka's or the gateway's own topics", async () => {
    const names = (await list('read')).map(({ topic }) => topic)

    assert.ok(names.length >= 3)
    assert.deepEqual(
      names.filter((name) => name.startsWith('_')),
      [],
    )
  })

  test('a topic has its partitions, schema and contract', async () => {
    const { status, body } = await gateway.api.get(`/v1/topics/${orders}`)

    assert.equal(status, 200)
    assert.deepEqual(body.contract, {
      owner: 'shop@example.org',
      description: 'What was ordered.',
      subject: `${orders}-value`,
      version: 1,
      keyField: '/n',
      schemaless: false,
      masking: null,
      write: { closed: null, requires: null, tombstones: true, key: 'optional' },
      read: { closed: null, requires: null },
      deprecation: null,
      examples: [],
    })
    assert.deepEqual({ ...body.schema, id: 0 }, { subject: `${orders}-value`, version: 1, id: 0 })
    assert.deepEqual(body.may, ['read', 'publish'])
    assert.deepEqual(body.partitions, [
      { partition: 0, firstOffset: 0, nextOffset: 0 },
      { partition: 1, firstOffset: 0, nextOffset: 0 },
    ])
  })

  test('its offsets follow what is published, removed and added', async (t) => {
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, numberSchema)
    const partitions = async () => (await gateway.api.get(`/v1/topics/${topic}`)).body.partitions
    for (const n of [1, 2, 3]) assert.equal((await gateway.api.post(`/v1/topics/${topic}/events`, { n })).status, 201)

    assert.deepEqual(await partitions(), [{ partition: 0, firstOffset: 0, nextOffset: 3 }])
    await deleteRecords(topic, 0, 2)
    assert.deepEqual(await partitions(), [{ partition: 0, firstOffset: 2, nextOffset: 3 }])
    await addPartitions(topic, 2)
    await pollUntil(async () => (await partitions()).length === 2)
  })

  test('one that no contract names has the default contract, and no schema where the registry has none', async () => {
    const { body } = await gateway.api.get(`/v1/topics/${unbound}`)

    assert.equal(body.schema, null)
    assert.deepEqual(body.contract, {
      owner: null,
      subject: `${unbound}-value`,
      version: 'latest',
      keyField: null,
      schemaless: false,
      masking: null,
      write: { closed: null, requires: null, tombstones: true, key: 'optional' },
      read: { closed: null, requires: null },
      deprecation: null,
      examples: [],
    })
  })

  test('a schemaless one has neither subject nor schema', async () => {
    const { body } = await gateway.api.get(`/v1/topics/${plain}`)

    assert.equal(body.schema, null)
    assert.equal(body.contract.subject, null)
    assert.equal(body.contract.schemaless, true)
  })

  test('one that does not exist is 404', async () => {
    const { status, body } = await gateway.api.get(`/v1/topics/${uniqueName('none')}`)

    assert.equal(status, 404)
    assert.equal(body.code, 'topic-not-found')
  })
})
