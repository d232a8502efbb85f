import assert from 'node:assert/strict'
import { after, before, suite, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { sharedParts } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { openRawWriter } from '../support/raw-records.ts'
import { answerJson, misbehaviours, RegistryStub } from '../support/registry-stub.ts'
import { registerSchema } from '../support/schemas.ts'

const ttlMs = 500
// All of them are tried on the client itself, in its unit tests.
const triedHere = ['answers 200 with HTML', 'answers 500', 'cuts its answer in the middle', 'never answers'] as const
const recordOf = (...fields: object[]) => ({ type: 'record', name: 'Thing', fields })
const name = { name: 'name', type: 'string' }
const colour = { name: 'colour', type: 'string', default: 'grey' }

suite('the schema of a topic, from a real registry', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await startGateway({ env: { HEADGATE_REGISTRY_LATEST_TTL_MS: String(ttlMs) } })
  })
  after(() => gateway[Symbol.asyncDispose]())

  const publish = (topic: string, value: unknown) => gateway.api.post(`/v1/topics/${topic}/events`, value)

  test('is followed: a new version is used when the time to live is over', async (t) => {
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, recordOf(name))
    assert.equal((await publish(topic, { name: 'one' })).body.schema.version, 1)

    await registerSchema(`${topic}-value`, recordOf(name, colour))
    const early = await publish(topic, { name: 'two' })
    await pollUntil(async () => (await publish(topic, { name: 'three', colour: 'red' })).status === 201, 3 * ttlMs)
    const late = await publish(topic, { name: 'four' })

    assert.equal(early.body.schema.version, 1)
    assert.equal(late.body.schema.version, 2)
    const { events } = (await gateway.api.get(`/v1/topics/${topic}/events`)).body
    assert.deepEqual(events.at(-1).value, { name: 'four', colour: 'grey' })
    assert.deepEqual([events[0].schema.version, events.at(-1).schema.version], [1, 2])
  })

  test('is never registered by publishing', async (t) => {
    const topic = await createTopic(t)
    const without = await createTopic(t)
    await registerSchema(`${topic}-value`, recordOf(name))
    const subjects = async () =>
      (await registryGet<string[]>('/subjects')).filter((subject) =>
        [topic, without].some((part) => subject.includes(part)),
      )
    const before = await subjects()

    assert.equal((await publish(topic, { name: 'one' })).status, 201)
    assert.equal((await publish(topic, { name: 'one', colour: 'red' })).status, 422)
    assert.equal((await gateway.api.post(`/v1/topics/${topic}/events/validate`, { name: 1 })).status, 200)
    const missing = await publish(without, { name: 'one' })

    assert.equal(missing.status, 422)
    assert.equal(missing.body.code, 'schema-not-found')
    assert.deepEqual(await subjects(), before)
    assert.deepEqual(await registryGet(`/subjects/${topic}-value/versions`), [1])
  })

  test('is found as soon as it is registered', async (t) => {
    const topic = await createTopic(t)
    assert.equal((await publish(topic, { name: 'one' })).status, 422)

    await registerSchema(`${topic}-value`, recordOf(name))

    assert.equal((await publish(topic, { name: 'one' })).status, 201)
  })

  test('may use types of other subjects', async (t) => {
    const topic = await createTopic(t)
    const subject = uniqueName('colour')
    await registerSchema(subject, { type: 'enum', name: 'Colour', namespace: 'org.example', symbols: ['RED', 'BLUE'] })
    await registryPost(`/subjects/${topic}-value/versions`, {
      schema: JSON.stringify(recordOf(name, { name: 'colour', type: 'org.example.Colour' })),
      references: [{ name: 'org.example.Colour', subject, version: 1 }],
    })

    const written = await publish(topic, { name: 'one', colour: 'BLUE' })
    const refused = await publish(topic, { name: 'one', colour: 'PINK' })

    assert.equal(written.status, 201, written.text)
    const read = await gateway.api.get(written.headers.get('location') as string)
    assert.deepEqual(read.body.value, { name: 'one', colour: 'BLUE' })
    assert.deepEqual(read.body.schema, written.body.schema)
    assert.equal(refused.body.violations[0].code, 'unknown-symbol')
  })

  test('is 422 schema-unusable where it is not Avro', async (t) => {
    const topic = await createTopic(t)
    await registryPost(`/subjects/${topic}-value/versions`, {
      schemaType: 'JSON',
      schema: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}',
    })

    const answer = await publish(topic, { name: 'one' })

    assert.equal(answer.status, 422)
    assert.equal(answer.body.code, 'schema-unusable')
    assert.equal(answer.body.retryable, false)
  })

  test('named by a GUID that a registry cannot look up, is an error entry, and the read goes on', async (t) => {
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, recordOf(name))
    const writer = await openRawWriter(t)
    const guid = Buffer.concat([Buffer.from([1]), Buffer.alloc(16, 7)])
    await writer.write(topic, { value: Buffer.from('datum'), headers: [{ __value_schema_id: guid }] })
    await publish(topic, { name: 'after it' })

    const { status, body } = await gateway.api.get(`/v1/topics/${topic}/events`)

    assert.equal(status, 200)
    assert.equal(body.events[0].error.code, 'schema-unknown')
    assert.deepEqual(body.events[1].value, { name: 'after it' })
  })
})

suite('a registry that fails', () => {
  let stub: RegistryStub
  let gateway: TestGateway

  before(async () => {
    stub = await RegistryStub.start()
    const env = {
      HEADGATE_REGISTRY_URL: stub.url,
      HEADGATE_REGISTRY_TIMEOUT_MS: '800',
      HEADGATE_REGISTRY_LATEST_TTL_MS: String(ttlMs),
      HEADGATE_REGISTRY_USERNAME: 'gateway',
      HEADGATE_SECRETS_REGISTRY_PASSWORD: 'a-password',
    }
    gateway = await startGateway({ env })
  })
  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await stub[Symbol.asyncDispose]()
  })

  async function topicWithSchema(t: TestContext): Promise<string> {
    const topic = await createTopic(t)
    stub.add(`${topic}-value`, recordOf(name))
    return topic
  }

  const publish = (topic: string) => gateway.api.post(`/v1/topics/${topic}/events`, { name: 'one' })
  const readiness = async () => (await gateway.api.get('/readyz')).body
  const timed = async <T>(action: () => Promise<T>) => {
    const started = performance.now()
    return { answer: await action(), ms: performance.now() - started }
  }

  test('is asked with user and password', async (t) => {
    assert.equal((await publish(await topicWithSchema(t))).status, 201)

    assert.equal(stub.lastHeaders.authorization, `Basic ${btoa('gateway:a-password')}`)
  })

  test('is asked once for a schema that is in use, and again when its time to live is over', async (t) => {
    const topic = await topicWithSchema(t)
    const asked = () => stub.hits.filter((hit) => hit.includes(topic)).length
    await publish(topic)
    for (let request = 0; request < 20; request++) await publish(topic)
    const soon = asked()
    await delay(ttlMs)

    await publish(topic)

    assert.ok(soon <= 2, `asked ${soon} times`)
    assert.equal(asked(), soon + 1)
  })

  for (const what of triedHere) {
    test(`which ${what} costs new topics a 503, and those that are in use nothing`, async (t) => {
      stub.misbehave = undefined
      const [warm, cold, other] = [await topicWithSchema(t), await topicWithSchema(t), await topicWithSchema(t)]
      await pollUntil(async () => (await publish(warm)).status === 201)
      t.after(() => {
        stub.misbehave = undefined
      })

      stub.misbehave = misbehaviours[what]
      const first = await timed(() => publish(cold))
      const second = await timed(() => publish(other))
      await delay(ttlMs)
      const used = await timed(() => publish(warm))
      const report = await readiness()
      stub.misbehave = undefined

      for (const { answer } of [first, second]) {
        assert.equal(answer.status, 503, answer.text)
        assert.equal(answer.body.code, 'registry-unavailable')
        assert.equal(answer.headers.get('retry-after'), '1')
        assert.equal(answer.body.retryable, true)
      }
      assert.ok(first.ms < 1_500 && second.ms < 300, `${first.ms} and ${second.ms} ms`)
      assert.equal(used.answer.status, 201, used.answer.text)
      assert.ok(used.ms < 1_200, `${used.ms} ms`)
      assert.equal(report.status, 'degraded')
      assert.equal(report.parts.registry.state, 'down')
      await pollUntil(async () => (await publish(cold)).status === 201, 3_000)
      assert.equal((await readiness()).parts.registry.state, 'up')
    })
  }

  test('is asked once a second at most while it hangs, whatever is asked of the gateway', async (t) => {
    const topics = await Promise.all([1, 2, 3].map(() => topicWithSchema(t)))
    stub.misbehave = misbehaviours['never answers']
    t.after(() => {
      stub.misbehave = undefined
    })
    await publish(topics[0] as string)
    const before = stub.hits.length
    const started = performance.now()

    let answers = 0
    while (performance.now() - started < 2_500) {
      const statuses = await Promise.all(topics.map(async (topic) => (await publish(topic)).status))
      assert.deepEqual(statuses, [503, 503, 503])
      answers += statuses.length
    }

    assert.ok(answers > 50, `${answers} answers`)
    assert.ok(stub.hits.length - before <= 3, `${stub.hits.length - before} questions`)
  })

  test('over one subject does not keep other topics from theirs', async (t) => {
    const [bad, good] = [await topicWithSchema(t), await topicWithSchema(t)]
    await pollUntil(async () => (await publish(bad)).status === 201, 3_000)
    stub.misbehave = (res, req) => {
      if (req.url?.includes(bad)) answerJson(res, 500, { error_code: 50001, message: 'broken' })
      else
        answerJson(res, 200, { subject: `${good}-value`, version: 1, id: 4242, schema: JSON.stringify(recordOf(name)) })
    }
    t.after(() => {
      stub.misbehave = undefined
    })
    await delay(ttlMs)

    const [first, second] = [await publish(bad), await publish(good)]

    assert.deepEqual([first.status, second.status], [201, 201])
  })
})

async function registryGet<T>(path: string): Promise<T> {
  const answer = await fetch(`${sharedParts().registry.url}${path}`)
  assert.equal(answer.status, 200)
  return (await answer.json()) as T
}

async function registryPost(path: string, body: object): Promise<void> {
  const answer = await fetch(`${sharedParts().registry.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
  })
  assert.equal(answer.status, 200, await answer.text())
}
