import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { auditRecords } from '../support/audit.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { numbersIn, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

const masked = uniqueName('masked')

suite('the settings of a subscription', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway({
      contracts: [`{ topic: ${masked}, masking: { unless: pii, fields: { /n: mask } } }`],
    })
  })
  after(() => gateway[Symbol.asyncDispose]())

  const put = (name: string, body: object, token?: string) =>
    gateway.api.call(`/v1/subscriptions/${name}`, { method: 'PUT', body, ...(token !== undefined && { token }) })

  test('are created once: the same request again changes nothing, another one changes them, and each change is in the audit', async (t) => {
    const [one, two] = [await numberTopic(t), await numberTopic(t)]
    await publishNumbers(gateway.api, one, 0, 2)
    await publishNumbers(gateway.api, two, 10, 2)
    const name = uniqueName('subscription')
    const subscription = new TestSubscription(gateway.api, name)

    const created = await put(name, { topics: [one], from: 'earliest' })
    await subscription.settle('acknowledge', await subscription.receiveAll(2))
    const same = await put(name, { topics: [one], from: 'earliest' })
    const changed = await put(name, { topics: [one, two], from: '-1', leaseSeconds: 60 })
    const events = await subscription.receiveAll(1)

    assert.deepEqual([created.status, same.status, changed.status], [201, 200, 200], changed.text)
    assert.equal(created.headers.get('location'), `/v1/subscriptions/${name}`)
    assert.deepEqual(same.body, created.body)
    assert.deepEqual(changed.body, { ...created.body, topics: [one, two], from: '-1', leaseSeconds: 60 })
    assert.deepEqual(numbersIn(events), [11])
    const { body } = await gateway.api.get('/v1/subscriptions')
    assert.deepEqual(
      body.subscriptions.find((each: { name: string }) => each.name === name),
      changed.body,
    )
    const deleted = await gateway.api.call(subscription.path, { method: 'DELETE' })
    assert.equal(deleted.status, 204, deleted.text)
    assert.equal((await gateway.api.get(subscription.path)).body.code, 'subscription-not-found')
    await pollUntil(async () => (await auditRecords()).some((record) => record.event === 'subscription-deleted'))
    const records = (await auditRecords()).filter((record) => 'resource' in record && record.resource?.name === name)
    assert.deepEqual(
      records.map(({ event }) => event),
      ['subscription-created', 'subscription-changed', 'subscription-deleted'],
    )
  })

  test('are new where the subscription was deleted: it begins where they say', async (t) => {
    const topic = await numberTopic(t)
    await publishNumbers(gateway.api, topic, 0, 2)
    const subscription = await TestSubscription.create(gateway.api, { topics: [topic] })
    const before = await subscription.receiveAll(2)
    await subscription.settle('acknowledge', before.slice(0, 1))
    assert.equal((await gateway.api.call(subscription.path, { method: 'DELETE' })).status, 204)

    assert.equal((await put(subscription.name, { topics: [topic], from: 'earliest' })).status, 201)
    const events = await subscription.receiveAll(2)

    assert.deepEqual(
      events.map(({ deliveries }) => deliveries),
      [1, 1],
    )
    assert.deepEqual(await subscription.settle('acknowledge', before), ['lost', 'lost'])
  })

  test('need topics that there are, a filter and a start that can be read, and other dead letters than topics', async (t) => {
    const topic = await numberTopic(t)
    const name = uniqueName('subscription')
    const faults: [object, number, string][] = [
      [{ topics: [uniqueName('nowhere')] }, 404, 'topic-not-found'],
      [{ topics: [topic], from: 'yesterday' }, 400, 'invalid-body'],
      [{ topics: [topic], filter: 'value.n >' }, 400, 'invalid-body'],
      [{ topics: [topic], deadLetterTopic: topic }, 400, 'invalid-body'],
      [{ topics: [topic, topic] }, 400, 'invalid-body'],
      [{ topics: [topic], leaseSeconds: 4 }, 400, 'invalid-body'],
    ]
    for (const [body, status, code] of faults) {
      const answer = await put(name, body)
      assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text)
    }
    assert.equal((await gateway.api.get(`/v1/subscriptions/${name}`)).status, 404)
  })

  test('are for those alone who may subscribe by this name, and read each of the topics', async (t) => {
    const topic = await numberTopic(t)
    const name = uniqueName('subscription')
    const refusals: [string[], object, string][] = [
      [['subscribe:other*', 'read'], { topics: [topic] }, `subscribe:${name}`],
      [[`subscribe:${name}`], { topics: [topic] }, `read:${topic}`],
      [['subscribe', `read:${topic}`], { topics: [topic], deadLetterTopic: 'dead' }, 'publish:dead'],
      [['subscribe', 'read', 'publish'], { topics: [masked], deadLetterTopic: 'dead' }, `pii:${masked}`],
      [['subscribe', 'read', 'publish'], { topics: ['_headgate.api-keys'] }, 'read'],
    ]
    for (const [scopes, body, needed] of refusals) {
      const answer = await put(name, body, await issueToken(scopes))
      assert.deepEqual([answer.status, answer.body.code], [403, 'scope-missing'], answer.text)
      assert.ok(answer.headers.get('www-authenticate')?.includes(`scope="${needed}"`), answer.text)
    }
    const mine = await put(name, { topics: [topic] }, await issueToken([`subscribe:${name}`, `read:${topic}`]))
    assert.equal(mine.status, 201, mine.text)

    const reader = await issueToken(['subscribe', 'read:another'])
    for (const path of ['receive', 'acknowledge', 'seek']) {
      const body = path === 'seek' ? { to: 'latest' } : path === 'receive' ? undefined : { tokens: ['A'] }
      const answer = await gateway.api.call(`/v1/subscriptions/${name}/${path}`, {
        method: 'POST',
        body,
        token: reader,
      })
      assert.deepEqual([answer.status, answer.body.code], [403, 'scope-missing'], answer.text)
    }
    const listed = await gateway.api.get('/v1/subscriptions', { token: reader })
    assert.deepEqual(listed.body, { subscriptions: [] })
  })

  test('mask what a receiver may not see, for each receiver, and the filter sees what anybody sees', async (t) => {
    await numberTopic(t, { name: masked })
    await publishNumbers(gateway.api, masked, 5, 1)
    const subscription = await TestSubscription.create(gateway.api, { topics: [masked] })
    const filtered = await TestSubscription.create(gateway.api, { topics: [masked], filter: 'value.n == 5' })

    const [shown] = await subscription.receiveAll(1)
    assert.ok(shown)
    await subscription.settle('release', [shown])
    const token = await issueToken(['subscribe', 'read', `pii:${masked}`])
    const open = await gateway.api.call(`${subscription.path}/receive`, { method: 'POST', token })

    assert.deepEqual([shown.event.value, shown.event.masked], [{ n: null }, ['/value/n']])
    assert.deepEqual(open.body.events[0].event.value, { n: 5 })
    await pollUntil(
      async () => (await filtered.receive({ wait: 1 })).length === 0 && (await filtered.state()).lag.events === 0,
    )
  })
})
