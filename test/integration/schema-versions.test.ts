import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const versions = [1, 2, 3, 4]
const numbersOfVersion = (version: number) => ({
  type: 'record',
  name: 'Number',
  fields: Array.from({ length: version }, (_, index) => ({ name: `n${index + 1}`, type: 'int', default: 0 })),
})
const since = '2026-01-01T00:00:00Z'
const sunset = '2099-01-01T00:00:00Z'
const link = 'https://example.org/why'

suite('versions of a schema', { timeout: 120_000 }, () => {
  const [ranged, open, pinned, latest, plain, sunk] = ['ranged', 'open', 'pinned', 'latest', 'plain', 'sunk'].map(
    uniqueName,
  ) as [string, string, string, string, string, string]
  let gateway: TestGateway

  before(async () => {
    const contracts = [
      `topic: ${ranged}\nsubject: {version: {from: 2, to: 3}}\ndeprecation: {before: 3, since: '${since}', sunset: '${sunset}', link: '${link}', successor: ${open}}\n`,
      `topic: ${open}\nsubject: {version: {from: 2}}\n`,
      `topic: ${pinned}\nsubject: {version: 2}\ndeprecation: {versions: [1], since: '${since}'}\n`,
      `topic: ${plain}\nschemaless: true\ndeprecation: {since: '${since}'}\n`,
      `topic: ${sunk}\nsubject: {version: {from: 1}}\ndeprecation: {versions: [1], since: '${since}', sunset: '2026-02-01T00:00:00Z', refuseAfterSunset: true, successor: ${open}}\n`,
    ]
    gateway = await startGateway({ contracts, env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '100' } })
    for (const name of [ranged, open, pinned, latest, plain, sunk]) {
      await createTopic(untilTheRunEnds, { name })
      if (name !== plain)
        for (const version of versions) await registerSchema(`${name}-value`, numbersOfVersion(version))
    }
  })
  after(() => gateway[Symbol.asyncDispose]())

  const publish = (topic: string, version?: number | string, path = 'events', body: unknown = { n1: 1 }) =>
    gateway.api.post(`/v1/topics/${topic}/${path}`, body, {
      headers: version === undefined ? {} : { 'event-schema-version': String(version) },
    })

  const cases: [topic: string, asked: number | undefined, answer: number | string, allowed?: number[]][] = [
    [ranged, undefined, 3],
    [ranged, 2, 2],
    [ranged, 3, 3],
    [ranged, 1, 'schema-version-not-allowed', [2, 3]],
    [ranged, 4, 'schema-version-not-allowed', [2, 3]],
    [open, undefined, 4],
    [open, 2, 2],
    [open, 1, 'schema-version-not-allowed', [2, 3, 4]],
    [open, 9, 'schema-version-not-allowed', [2, 3, 4]],
    [pinned, undefined, 2],
    [pinned, 2, 2],
    [pinned, 3, 'schema-version-not-allowed', [2]],
    [latest, undefined, 4],
    [latest, 4, 4],
    [latest, 3, 'schema-version-not-allowed', [4]],
    [plain, 1, 'schema-version-not-allowed', []],
  ]
  for (const [topic, asked, expected, allowed] of cases) {
    test(`${topic.split('-')[0]}, asked for ${asked ?? 'none'}: ${expected}`, async () => {
      const { status, body } = await publish(topic, asked)

      if (typeof expected === 'number') assert.deepEqual([status, body.schema.version], [201, expected])
      else assert.deepEqual([status, body.code, body.allowedVersions], [422, expected, allowed])
    })
  }

  test('are asked for by every way in', async (t) => {
    const event = { n1: 1 }
    const cloudEvent = { specversion: '1.0', id: '1', source: '/a', type: 'a' }
    const inHeaders = Object.fromEntries(Object.entries(cloudEvent).map(([name, value]) => [`ce-${name}`, value]))
    const path = `/v1/topics/${ranged}/events`
    const post = (body: unknown, headers: Record<string, string>, at = path) =>
      gateway.api.post(at, body, { headers: { 'event-schema-version': '2', ...headers } })
    const json = { 'content-type': 'application/json' }
    const answers = [
      await post(event, json),
      await gateway.api.post(`${path}?schemaVersion=2`, event),
      await post({ events: [{ value: event }] }, json, `${path}/batch`),
      await post({ ...cloudEvent, data: event }, { 'content-type': 'application/cloudevents+json' }),
      await post([{ ...cloudEvent, data: event }], { 'content-type': 'application/cloudevents-batch+json' }),
      await post(event, { ...json, ...inHeaders }),
      await post(event, json, `${path}/validate`),
    ]
    const lines = await fetch(gateway.url + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await issueToken(['publish'])}`,
        'content-type': 'application/x-ndjson',
        'event-schema-version': '2',
      },
      body: '{"value":{"n1":1}}\n{"value":{"n3":1}}\n',
    })
    const told = await lines.text()
    const client = await WebSocketClient.open(t, gateway)
    const byCommand = await client.ask({ publish: { topic: ranged, event: { value: { n3: 1 } }, schemaVersion: 2 } })
    const good = await client.ask({ publish: { topic: ranged, event: { value: event }, schemaVersion: 2 } })

    assert.deepEqual(
      answers.map(({ body }) => body.schema.version),
      answers.map(() => 2),
    )
    for (const { headers } of [...answers, lines]) {
      assert.equal(headers.get('deprecation'), '@1767225600')
      assert.equal(headers.get('sunset'), 'Thu, 01 Jan 2099 00:00:00 GMT')
      assert.equal(
        headers.get('link'),
        `<${link}>; rel="deprecation", </v1/topics/${open}/events>; rel="successor-version"`,
      )
    }
    assert.match(told, /"line":2,"outcome":"refused".*"published":1,"refused":1/s)
    assert.equal(byCommand.outcome.violations[0].pointer, '/n3')
    assert.equal(good.outcome.outcome, 'published')
    assert.deepEqual(good.deprecation, {
      before: 3,
      since,
      sunset,
      link,
      successor: open,
      refuseAfterSunset: false,
    })
  })

  test('that are deprecated say so on refusals, too, and others on nothing', async () => {
    const refused = await publish(ranged, 2, 'events', { n9: 1 })
    const good = [await publish(ranged, 3), await publish(pinned), await publish(open)]
    const whole = await publish(plain)

    assert.deepEqual([refused.status, refused.headers.get('deprecation')], [422, '@1767225600'])
    for (const { headers } of good) {
      assert.deepEqual(
        ['deprecation', 'sunset', 'link'].map((name) => headers.get(name)),
        [null, null, null],
      )
    }
    assert.deepEqual([whole.status, whole.headers.get('deprecation')], [201, '@1767225600'])
  })

  test('are refused after their sunset only where the contract says so', async () => {
    const gone = await publish(sunk, 1)

    assert.deepEqual([gone.status, gone.body.code], [410, 'sunset-passed'])
    assert.match(gone.body.detail, new RegExp(`2026-02-01.*"${open}"`))
    assert.equal((await publish(sunk)).status, 201)
  })

  test('are counted by topic, where they are deprecated', async () => {
    await publish(plain, undefined, 'events/batch', { events: [{ value: 1 }, { value: 2 }] })
    const { text } = await gateway.api.get('/metrics')

    const counted = (name: string, version: string): number =>
      Number(
        new RegExp(`deprecated_events_total\\{topic="${name}",version="${version}"\\} (\\d+)`).exec(text)?.[1] ?? 0,
      )
    assert.equal(counted(plain, 'none'), 3)
    assert.ok(counted(ranged, '2') >= 10, text)
    assert.equal(counted(ranged, '3'), 0)
  })

  test('cannot be asked for twice, or by what is no number', async () => {
    const twice = await gateway.api.post(
      `/v1/topics/${ranged}/events?schemaVersion=2`,
      { n1: 1 },
      { headers: { 'event-schema-version': '2' } },
    )
    const word = await publish(ranged, 'two')

    assert.deepEqual([twice.status, twice.body.code], [400, 'invalid-parameter'])
    assert.deepEqual([word.status, word.body.code], [400, 'invalid-parameter'])
  })

  test('a new one in the range is written with as soon as the time to live is over', async () => {
    await registerSchema(`${open}-value`, numbersOfVersion(5))

    await pollUntil(async () => (await publish(open)).body.schema.version === 5)
    assert.equal((await publish(ranged)).body.schema.version, 3)
  })
})

suite('a contract of a topic', () => {
  test('is shown with its range, its deprecation, and what the schema says of its examples', async (t) => {
    const topic = uniqueName('shown')
    const contract = `
topic: ${topic}
subject: {version: {from: 1}}
deprecation: {since: '${since}', sunset: '${sunset}'}
examples:
  - {title: Right, key: a, value: {n1: 1}}
  - {title: Wrong, value: {n1: one, m: 1}}
`
    const gateway = await startGateway({ contracts: [contract] })
    t.after(() => gateway[Symbol.asyncDispose]())
    await createTopic(t, { name: topic })
    await registerSchema(`${topic}-value`, numbersOfVersion(1))

    const { body } = await gateway.api.get(`/v1/topics/${topic}`)

    assert.deepEqual(body.contract.version, { from: 1 })
    assert.deepEqual(body.contract.deprecation, { since, sunset, refuseAfterSunset: false })
    assert.deepEqual(body.contract.examples[0], { title: 'Right', key: 'a', value: { n1: 1 }, valid: true })
    assert.equal(body.contract.examples[1].valid, false)
    assert.deepEqual(
      body.contract.examples[1].violations.map(({ pointer }: { pointer: string }) => pointer),
      ['/n1', '/m'],
    )
  })
})
