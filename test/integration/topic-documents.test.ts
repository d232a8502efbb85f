import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const names = ['openapi.json', 'asyncapi.json', 'types.ts', 'schema.json', 'example.json']

suite('the documents of a topic over HTTP', { timeout: 120_000 }, () => {
  const [orders, plain, unbound] = [uniqueName('orders'), uniqueName('plain'), uniqueName('unbound')] as [
    string,
    string,
    string,
  ]
  let gateway: TestGateway

  before(async () => {
    const contracts = [`topic: ${plain}\nschemaless: true\n`, `topic: ${orders}\nkey: { field: /id }\n`]
    gateway = await startGateway({ contracts, env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '100' } })
    for (const name of [orders, plain, unbound]) await createTopic(untilTheRunEnds, { name })
    await registerSchema(`${orders}-value`, orderSchema)
  })
  after(() => gateway[Symbol.asyncDispose]())

  const get = (topic: string, name: string, headers: Record<string, string> = {}) =>
    gateway.api.get(`/v1/topics/${topic}/${name}`, { headers })

  test('have an example that can be published as it is', async () => {
    for (const topic of [orders, plain]) {
      const { text } = await get(topic, 'example.json')
      const { status, body } = await gateway.api.post(`/v1/topics/${topic}/events`, text)
      assert.equal(status, 201, JSON.stringify(body))
    }
  })

  test('are answered with 304 to who has them, whatever a proxy made of the tag', async () => {
    for (const name of [...names, 'schema.json?as=read']) {
      const { status, headers } = await get(orders, name)
      const etag = headers.get('etag') ?? ''
      assert.equal(status, 200)
      assert.match(etag, /^"[\w-]{43}"$/)
      assert.equal(headers.get('cache-control'), 'private, no-cache')
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const again = await get(orders, name, { 'if-none-match': known })
        assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag])
      }
      assert.equal((await get(orders, name, { 'if-none-match': '"other"' })).status, 200)
    }
  })

  test('of a topic without a schema, by contract or for now, take any JSON', async () => {
    for (const topic of [plain, unbound]) {
      const [openapi, asyncapi, types, schema] = await Promise.all(names.slice(0, 4).map((name) => get(topic, name)))

      assert.deepEqual(openapi?.body.components.schemas['Event-published'], { description: 'Any JSON.' })
      assert.deepEqual(asyncapi?.body.components.schemas['Event-read'], { description: 'Any JSON.' })
      assert.match(types?.text ?? '', /export type Event = Json/)
      assert.deepEqual(Object.keys(schema?.body).sort(), ['$schema', 'description', 'title'])
    }
    assert.match((await get(unbound, 'schema.json')).body.description, /nothing can be published/)
  })

  test('are for those who may read from the topic or publish to it, and of no topic that is not there', async () => {
    for (const name of names) {
      const path = `/v1/topics/${orders}/${name}`
      const as = async (...scopes: string[]) =>
        (await gateway.api.get(path, { token: await issueToken(scopes) })).status
      assert.deepEqual(
        await Promise.all([as(`read:${orders}`), as(`publish:${orders}`), as('read:another')]),
        [200, 200, 403],
      )
      assert.equal((await gateway.api.get(path, { token: null })).status, 401)
      const { status, body } = await get(uniqueName('none'), name)
      assert.deepEqual([status, body.code], [404, 'topic-not-found'])
    }
  })

  test('follow a new version of the schema', async () => {
    const topic = uniqueName('changing')
    await createTopic(untilTheRunEnds, { name: topic })
    await registerSchema(`${topic}-value`, orderSchema)
    const before = await Promise.all(names.map((name) => get(topic, name)))
    const fields = [...orderSchema.fields, { name: 'addedLater', type: 'string', default: '' }]

    await registerSchema(`${topic}-value`, { ...orderSchema, fields })

    for (const [index, name] of names.entries()) {
      await pollUntil(async () => (await get(topic, name)).text.includes('addedLater'))
      assert.notEqual((await get(topic, name)).headers.get('etag'), before[index]?.headers.get('etag'))
    }
  })
})
