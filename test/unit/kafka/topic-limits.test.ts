import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { adminOptions } from '../../../src/kafka/topic-limits.ts'

const brokers = { 'bootstrap.servers': 'PLAINTEXT://a:9092, b:9093' }
const password = { 'sasl.mechanism': 'SCRAM-SHA-512', 'sasl.username': 'me', 'sasl.password': 'secret' }

suite("the settings of librdkafka in the other client's words", () => {
  test('brokers, TLS and password mechanisms are said', () => {
    const options = adminOptions({
      ...brokers,
      'security.protocol': 'SASL_SSL',
      'ssl.ca.pem': 'PEM',
      'enable.ssl.certificate.verification': false,
      ...password,
    })

    assert.deepEqual(options?.bootstrapBrokers, ['a:9092', 'b:9093'])
    assert.deepEqual(options?.tls, { ca: 'PEM', rejectUnauthorized: false })
    assert.deepEqual(options?.sasl, { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' })
  })

  test('plaintext has neither TLS nor SASL', () => {
    const options = adminOptions(brokers)

    assert.deepEqual([options?.tls, options?.sasl], [undefined, undefined])
  })

  for (const [name, properties] of Object.entries({
    'no brokers': {},
    Kerberos: { ...brokers, 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': 'GSSAPI' },
    'a token callback': { ...brokers, 'security.protocol': 'sasl_ssl', 'sasl.mechanism': 'OAUTHBEARER' },
    'a Java key store': { ...brokers, 'security.protocol': 'ssl', 'ssl.keystore.location': 'store.p12' },
    'a file that cannot be read': { ...brokers, 'security.protocol': 'ssl', 'ssl.ca.location': 'no/such/file.pem' },
  })) {
    test(`${name} cannot be said`, () => assert.equal(adminOptions(properties), undefined))
  }
})
