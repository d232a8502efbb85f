import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic, recreateTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range, readPage } from '../support/reading.ts'
import type { ReceivedMessage } from '../support/received-messages.ts'
import { audience, TestIssuer } from '../support/test-issuer.ts'
import { issueToken } from '../support/tokens.ts'
import { WebSocketClient } from '../support/web-socket-client.ts'

const numbers = (messages: readonly ReceivedMessage[], topic: string): number[] =>
  messages.filter(({ content }) => content.topic === topic).map(({ content }) => content.value.n)

suite('commands of a WebSocket', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('subscribe: nothing of a topic comes before the reply, and all of it after', async (t) => {
    const topic = await numberTopic(t)
    const known = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    await publishNumbers(gateway.api, topic, 0, 20)
    await known.count(20)
    const client = await WebSocketClient.open(t, gateway)

    // The gateway has all of them at hand.
    const reply = await client.ask({ subscribe: { topics: [topic], from: 'earliest' } })
    await client.count(20)

    assert.deepEqual(reply.subscriptions, { topics: [topic], paused: [] })
    assert.deepEqual(
      client.received.slice(0, 3).map(({ kind }) => kind),
      ['heartbeat', 'reply', 'event'],
    )
    assert.deepEqual(numbers(client.events, topic), range(0, 20))
  })

  test('subscribe: begins at now by default, at a cursor where there is one, and its reply has a cursor to go on with', async (t) => {
    const [first, second] = [await numberTopic(t), await numberTopic(t)]
    for (const topic of [first, second]) await publishNumbers(gateway.api, topic, 0, 10)
    const { cursor } = await readPage(gateway.api, second, { limit: 4 })
    const client = await WebSocketClient.open(t, gateway)

    await client.ask({ subscribe: { topics: [first] } })
    const reply = await client.ask({ subscribe: { topics: [second], cursor } })
    await client.count(6)
    await publishNumbers(gateway.api, first, 10, 1)
    await client.count(7)
    const again = await WebSocketClient.open(t, gateway, { query: { cursor: reply.cursor } })
    await again.count(7)

    assert.deepEqual(reply.subscriptions.topics, [first, second].sort())
    for (const each of [client, again]) {
      assert.deepEqual(numbers(each.events, second), range(4, 6))
      assert.deepEqual(numbers(each.events, first), [10])
    }
  })

  test('unsubscribe: nothing of the topic comes after the reply', async (t) => {
    const [left, kept] = [await numberTopic(t), await numberTopic(t)]
    const client = await WebSocketClient.open(t, gateway, { query: { topics: `${left},${kept}` } })

    const reply = await client.ask({ unsubscribe: { topics: [left] } })
    await publishNumbers(gateway.api, left, 0, 5)
    await publishNumbers(gateway.api, kept, 0, 5)
    await client.count(5)

    assert.deepEqual(reply.subscriptions, { topics: [kept], paused: [] })
    assert.deepEqual(numbers(client.events, left), [])
  })

  test('pause: the position is kept, in cursors too, and resume goes on there', async (t) => {
    const [paused, other] = [await numberTopic(t), await numberTopic(t)]
    const client = await WebSocketClient.open(t, gateway, { query: { topics: `${paused},${other}` } })
    await publishNumbers(gateway.api, paused, 0, 3)
    await client.count(3)

    const reply = await client.ask({ pause: { topics: [paused] } })
    await publishNumbers(gateway.api, paused, 3, 4)
    await publishNumbers(gateway.api, other, 0, 2)
    await client.count(5)
    const elsewhere = await WebSocketClient.open(t, gateway, { query: { cursor: client.cursor } })
    await elsewhere.count(4)
    const resumed = await client.ask({ resume: { topics: [paused] } })
    await client.count(9)

    assert.deepEqual(reply.subscriptions, { topics: [other], paused: [paused] })
    assert.deepEqual(resumed.subscriptions, { topics: [paused, other].sort(), paused: [] })
    assert.deepEqual(numbers(elsewhere.events, paused), range(3, 4))
    assert.deepEqual(numbers(client.events, paused), range(0, 7))
    assert.deepEqual(numbers(client.events, other), range(0, 2))
  })

  test('topics come, go, pause and resume under traffic, and not one event is lost or comes twice', async (t) => {
    const topics = [await numberTopic(t), await numberTopic(t), await numberTopic(t)]
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topics.join(',') } })
    let published = 0
    let isOver = false
    const traffic = (async () => {
      for (; !isOver; published += 5) {
        await Promise.all(topics.map((topic) => publishNumbers(gateway.api, topic, published, 5)))
      }
    })()

    for (let turn = 0; turn < 40; turn++) {
      const topic = topics[turn % 3] as string
      if (turn % 4 < 2) {
        await client.ask({ pause: { topics: [topic] } })
        await client.ask({ resume: { topics: [topic] } })
      } else {
        const { cursor } = await client.ask({ pause: { topics: [topic] } })
        await client.ask({ unsubscribe: { topics: [topic] } })
        await client.ask({ subscribe: { topics: [topic], cursor } })
      }
    }
    isOver = true
    await traffic
    await client.count(published * 3, 20_000)

    assert.ok(published >= 50, `${published}`)
    for (const topic of topics) assert.deepEqual(numbers(client.events, topic), range(0, published))
  })

  suite('a command that cannot be carried out is a problem, and the connection goes on', () => {
    const cases: [fact: string, text: string, code: string, says: RegExp, id?: string | number][] = [
      ['no JSON', '{"id":1,', 'malformed-json', /not valid JSON/],
      ['nothing', '', 'malformed-json', /not valid JSON/],
      ['a name twice', '{"id":1,"pause":{"topics":["a"]},"id":2}', 'malformed-json', /twice/],
      ['half a surrogate', '{"id":"\\ud800","pause":{"topics":["a"]}}', 'malformed-json', /surrogate/],
      ['nested too deep', `{"publish":${'['.repeat(80)}${']'.repeat(80)}}`, 'malformed-json', /deeper/],
      ['no object', '[]', 'invalid-body', /one of subscribe, unsubscribe/],
      ['no command', '{"id":"x","nonsense":{}}', 'invalid-body', /one of subscribe, unsubscribe/, 'x'],
      ['two commands', '{"id":7,"pause":{"topics":["a"]},"resume":{"topics":["a"]}}', 'invalid-body', /additional/, 7],
      ['a wrong member', '{"id":7,"pause":{"topic":"a"}}', 'invalid-body', /must have required property 'topics'/, 7],
      ['no topics', '{"id":7,"subscribe":{"topics":[]}}', 'invalid-body', /subscribe\/topics/, 7],
      ['a bad name', '{"id":7,"subscribe":{"topics":["a b"]}}', 'invalid-body', /subscribe\/topics\/0/, 7],
      ['an id that is none', '{"id":{},"pause":{"topics":["a"]}}', 'invalid-body', /\/id/],
      ['an id that is too long', `{"id":"${'x'.repeat(129)}","pause":{"topics":["a"]}}`, 'invalid-body', /\/id/],
      ['a bad start', '{"id":7,"subscribe":{"topics":["a"],"from":"soon"}}', 'invalid-body', /from/, 7],
      ['a bad cursor', '{"id":7,"subscribe":{"topics":["a"],"cursor":"abc"}}', 'invalid-cursor', /cursor/, 7],
      ['a topic that is not there', '{"id":7,"subscribe":{"topics":["not-there"]}}', 'topic-not-found', /not-there/, 7],
      ['an internal topic', '{"id":7,"subscribe":{"topics":["__consumer_offsets"]}}', 'scope-missing', /internal/, 7],
      ['a topic that is not read', '{"id":7,"unsubscribe":{"topics":["a"]}}', 'invalid-body', /not read here: a/, 7],
      ['pausing what is not read', '{"id":7,"pause":{"topics":["a"]}}', 'invalid-body', /not read here: a/, 7],
      ['a token that is none', '{"id":7,"authenticate":{"token":"a.b.c"}}', 'token-invalid', /not accepted/, 7],
      [
        'publishing nowhere',
        '{"id":7,"publish":{"topic":"not-there","event":{"value":1}}}',
        'topic-not-found',
        /not-there/,
        7,
      ],
      [
        'a key that is not base64',
        '{"id":7,"publish":{"topic":"a","event":{"value":1,"key":{"base64":"?"}}}}',
        'invalid-body',
        /publish\/event\/key/,
        7,
      ],
    ]
    for (const [fact, text, code, says, id] of cases) {
      test(fact, async (t) => {
        const client = await WebSocketClient.open(t, gateway)

        client.webSocket.send(text)
        const next = await client.ask({ pause: { topics: ['other'] } })

        assert.equal(next.problem.code, 'invalid-body')
        const reply = id === undefined ? client.replies.find((each) => each.id === undefined) : client.replyTo(id)
        assert.equal(reply?.problem.code, code, JSON.stringify(reply))
        assert.match(reply?.problem.detail, says)
        assert.equal(reply?.problem.instance, '/v1/stream')
        assert.match(reply?.problem.requestId, /./)
      })
    }
  })

  test('faults of a command point into it', async (t) => {
    const client = await WebSocketClient.open(t, gateway)

    const start = await client.ask({ subscribe: { topics: ['a'], from: 'soon' } })
    const names = await client.ask({ subscribe: { topics: ['a', 'b c'] } })

    assert.deepEqual(
      [start, names].map(({ problem }) =>
        problem.faults.map((fault: { in: string; pointer: string }) => [fault.in, fault.pointer]),
      ),
      [[['body', '/subscribe/from']], [['body', '/subscribe/topics/1']]],
    )
  })

  test('a topic is not read twice, and no more topics than are allowed', async (t) => {
    const few = await gatewayFor(t, { env: { HEADGATE_STREAM_TOPICS: '2' } })
    const topics = [await numberTopic(t), await numberTopic(t), await numberTopic(t)]
    const client = await WebSocketClient.open(t, few, { query: { topics: topics[0] ?? '' } })

    const again = await client.ask({ subscribe: { topics: [topics[0]] } })
    const tooMany = await client.ask({ subscribe: { topics: topics.slice(1) } })
    const second = await client.ask({ subscribe: { topics: [topics[1]] } })

    assert.match(again.problem.detail, /read already/)
    assert.match(tooMany.problem.detail, /more than 2 \(stream\.topics\)/)
    assert.equal(second.subscriptions.topics.length, 2)
  })

  test('a cursor gives no topic that may not be read, whatever is asked of it', async (t) => {
    const [allowed, forbidden] = [await numberTopic(t), await numberTopic(t)]
    const all = await WebSocketClient.open(t, gateway, { query: { topics: `${allowed},${forbidden}` } })
    const { cursor } = await all.ask({ pause: { topics: [allowed] } })
    const client = await WebSocketClient.open(t, gateway, { token: await issueToken([`read:${allowed}`]) })

    const reply = await client.ask({ subscribe: { topics: [allowed], cursor } })

    assert.equal(reply.problem.code, 'scope-missing')
    assert.ok((await client.ask({ subscribe: { topics: [allowed] } })).subscriptions)
  })

  test('commands are answered in their order, also hundreds at once', async (t) => {
    const topic = await numberTopic(t)
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic } })

    const ids = range(0, 400).map((n) =>
      client.send(n % 2 === 0 ? { pause: { topics: [topic] } } : { resume: { topics: [topic] } }),
    )
    await pollUntil(() => client.replies.length === 400)

    assert.deepEqual(
      client.replies.map(({ id }) => id),
      ids,
    )
  })

  suite('authenticate', () => {
    let issuer: TestIssuer
    let trusting: TestGateway
    before(async () => {
      issuer = await TestIssuer.start()
      trusting = await startGateway({
        env: { HEADGATE_AUTH_ISSUER: issuer.url, HEADGATE_AUTH_AUDIENCE: audience },
      })
    })
    after(async () => {
      await trusting[Symbol.asyncDispose]()
      await issuer[Symbol.asyncDispose]()
    })

    test('another principal is refused, and nothing changes', async (t) => {
      const topic = await numberTopic(t)
      const client = await WebSocketClient.open(t, trusting, { query: { topics: topic }, token: await issuer.token() })

      const reply = await client.ask({ authenticate: { token: await issuer.token({ sub: 'another' }) } })
      await publishNumbers(gateway.api, topic, 0, 1)
      await client.count(1)

      assert.equal(reply.problem.code, 'token-invalid')
      assert.match(reply.problem.detail, /another principal/)
    })

    test('with fewer scopes, topics are left, and neither read nor published to any more', async (t) => {
      const [kept, left] = [await numberTopic(t), await numberTopic(t)]
      const client = await WebSocketClient.open(t, trusting, {
        query: { topics: `${kept},${left}` },
        token: await issuer.token(),
      })

      const reply = await client.ask({ authenticate: { token: await issuer.token({ scope: `read:${kept}` }) } })
      await publishNumbers(gateway.api, left, 0, 1)
      await publishNumbers(gateway.api, kept, 0, 1)
      await client.count(1)

      assert.deepEqual(reply.authenticated.left, [left])
      assert.deepEqual(numbers(client.events, left), [])
      assert.equal((await client.ask({ subscribe: { topics: [left] } })).problem.code, 'scope-missing')
      assert.equal(
        (await client.ask({ publish: { topic: kept, event: { value: { n: 1 } } } })).problem.code,
        'scope-missing',
      )
    })

    test('with more scopes, more can be read', async (t) => {
      const topic = await numberTopic(t)
      const client = await WebSocketClient.open(t, trusting, { token: await issuer.token({ scope: 'publish' }) })
      const refused = await client.ask({ subscribe: { topics: [topic] } })

      await client.ask({ authenticate: { token: await issuer.token({ scope: 'read publish' }) } })

      assert.equal(refused.problem.code, 'scope-missing')
      assert.ok((await client.ask({ subscribe: { topics: [topic] } })).subscriptions)
    })
  })

  test('a topic that is created anew ends the stream, also where it is paused', async (t) => {
    const topic = await createTopic(t)
    const client = await WebSocketClient.open(t, gateway, { query: { topics: topic } })
    await client.ask({ pause: { topics: [topic] } })

    await recreateTopic(topic)
    const { content } = await client.until('closing', 30_000)

    assert.match(content.code, /^topic-(recreated|not-found)$/)
    assert.deepEqual(await client.ended(), { code: 1000, reason: content.code })
  })
})
