import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Config, configSchema } from '../../../src/config/config.ts'
import { clientSettings } from '../../../src/kafka/client-settings.ts'

const configWith = (properties: Config['kafka']['properties'], publish: Partial<Config['publish']> = {}): Config =>
  configSchema.parse({
    kafka: { properties },
    registry: { url: 'http://registry' },
    auth: { issuer: 'http://issuer', audience: 'test' },
    publish,
  })

suite('the settings of the clients', () => {
  test('carry the promises, whatever is configured', () => {
    const { producer, reader, tail } = clientSettings(
      configWith({
        acks: 1,
        'request.required.acks': 1,
        'enable.idempotence': false,
        partitioner: 'random',
        'allow.auto.create.topics': true,
        'isolation.level': 'read_uncommitted',
        'enable.auto.commit': true,
        'message.timeout.ms': 1_000,
        'delivery.timeout.ms': 1_000,
        retries: 1,
        'retry.backoff.ms': 10,
        'retry.backoff.max.ms': 10,
      }),
      {},
    )

    assert.equal(producer.acks, 'all')
    assert.equal(producer['enable.idempotence'], true)
    assert.equal(producer.partitioner, 'murmur2_random')
    assert.equal(producer['message.timeout.ms'], 120_000)
    assert.equal(producer['message.send.max.retries'], 2_147_483_647)
    // An outcome is told by whether an answer is too early to be to a second attempt.
    assert.equal(producer['retry.backoff.ms'], 1_000)
    assert.equal(producer['retry.backoff.max.ms'], 1_000)
    for (const alias of ['request.required.acks', 'delivery.timeout.ms', 'retries']) assert.ok(!(alias in producer))
    for (const consumer of [reader, tail]) {
      assert.equal(consumer['isolation.level'], 'read_committed')
      assert.equal(consumer['enable.auto.commit'], false)
      assert.equal(consumer['allow.auto.create.topics'], false)
    }
    assert.equal(producer['allow.auto.create.topics'], false)
  })

  test('take what is configured for the rest, a longer timeout too', () => {
    const { producer } = clientSettings(
      configWith({ 'linger.ms': 5, 'compression.codec': 'zstd', 'client.id': 'mine', 'message.timeout.ms': 300_000 }),
      {},
    )

    assert.deepEqual(
      ['linger.ms', 'compression.codec', 'client.id', 'message.timeout.ms'].map((name) => producer[name]),
      [5, 'zstd', 'mine', 300_000],
    )
  })

  test('give a property to the clients that have it', () => {
    const settings = clientSettings(
      configWith({ 'bootstrap.servers': 'kafka:9092', 'linger.ms': 5, 'fetch.min.bytes': 2, 'socket.timeout.ms': 9 }),
      { 'sasl.password': 'secret' },
    )
    const having = (name: string) => Object.entries(settings).flatMap(([client, own]) => (name in own ? client : []))

    for (const name of ['bootstrap.servers', 'socket.timeout.ms', 'sasl.password']) {
      assert.deepEqual(having(name), ['producer', 'transaction', 'reader', 'tail', 'member', 'admin'], name)
    }
    assert.deepEqual(having('linger.ms'), ['producer', 'transaction'])
    assert.deepEqual(having('fetch.min.bytes'), ['reader', 'tail', 'member'])
  })

  test('of a member: its times may be set where they are its own, and what would bind one member is not for all', () => {
    const given = {
      'session.timeout.ms': 9_000,
      'group.instance.id': 'one',
      'partition.assignment.strategy': 'range',
      'group.protocol': 'consumer',
    }
    const memberOf = (groupProtocol: 'classic' | 'consumer') =>
      clientSettings({ ...configWith(given), subscriptions: { groupProtocol } }, {}).member
    const names = [...Object.keys(given), 'heartbeat.interval.ms']
    const found = (member: Readonly<Record<string, unknown>>) => names.map((name) => member[name])

    assert.deepEqual(found(memberOf('classic')), [9_000, undefined, 'cooperative-sticky', undefined, 1_000])
    assert.deepEqual(found(memberOf('consumer')), [undefined, undefined, undefined, 'consumer', undefined])
  })

  test("bound the producer's queue as publishing is bounded", () => {
    const { producer } = clientSettings(configWith({}, { inFlightEvents: 1_234, inFlightBytes: 10_000 }), {})

    assert.equal(producer['queue.buffering.max.messages'], 1_234)
    assert.equal(producer['queue.buffering.max.kbytes'], 10)
  })
})
