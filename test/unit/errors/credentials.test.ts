import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newApiKeyText } from '../../../src/auth/api-keys/api-key-text.ts'
import { TicketSigner } from '../../../src/auth/ticket-signer.ts'
import { withoutCredentials } from '../../../src/errors/credentials.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { problemBody, problemHeaders } from '../../../src/errors/problem-body.ts'
import { shortened } from '../../../src/errors/shortened.ts'
import { TestIssuer } from '../../support/test-issuer.ts'

const key = newApiKeyText('ABCDEFGHIJKL').text

async function tokens(): Promise<string[]> {
  await using issuer = await TestIssuer.start()
  return [await issuer.token(), await issuer.token({ sub: 'x'.repeat(2_000) }, { alg: 'RS256', typ: 'JWT' })]
}

function ticket(): string {
  const holder = { id: 'shop', issuer: 'https://issuer.test', keyThumbprint: 'k', expiresAt: 1 }
  const content = { id: 'i'.repeat(22), action: 'read', topics: ['a'], origin: null, expiresAt: 1, holder } as const
  return new TicketSigner(['a-secret-of-this-test-0123456789abcdef']).sign(content)
}

suite('withoutCredentials', () => {
  test('takes out API keys, access tokens and tickets, also within other text', async () => {
    for (const text of [key, ...(await tokens()), ticket()]) {
      assert.equal(withoutCredentials(text), '[redacted]', text)
      assert.equal(
        withoutCredentials(`/v1/topics/${text}/events and "${text}"`),
        '/v1/topics/[redacted]/events and "[redacted]"',
      )
    }
  })

  test('takes out keys that were cut, mistyped or lengthened, and tokens without a signature', async () => {
    const [token = ''] = await tokens()
    const unsigned = token.slice(0, token.lastIndexOf('.'))
    for (const text of [
      key.slice(0, -1),
      key.slice(0, 40),
      `${key}A`,
      `${key.slice(0, 30)}0${key.slice(31)}`,
      unsigned,
    ]) {
      assert.ok(!withoutCredentials(text).includes(text.slice(25)), text)
    }
  })

  test('leaves the names of topics, ids of requests and ordinary sentences as they are', () => {
    const names = [
      'orders',
      'hg_orders',
      'hg_orders_2024',
      'eyJ',
      'com.example.orders-v2',
      'ABCDEFGHIJKL',
      'a'.repeat(249),
    ]
    const texts = ['There is no topic "hg_something_else".', '{"requestId":"0f3c9a11-z","ms":1.2}', 'key:ABCDEFGHIJKL']
    for (const text of [...names, ...texts]) assert.equal(withoutCredentials(text), text)
  })

  test('is done before a text is cut, by which it could no longer be told', () => {
    assert.equal(shortened(`x${key}`, 40), 'x[redacted]')
  })
})

suite('a problem', () => {
  test('has no credential in any of its texts or headers', () => {
    const faults = [{ in: 'query', pointer: key, message: `there is no ${key}` }]
    const headers = { 'WWW-Authenticate': `Bearer scope="publish:${key}"` }
    const error = new GatewayError('scope-missing', `This needs \`publish:${key}\`.`, { headers, members: { faults } })

    const text = JSON.stringify([problemBody(error, `/v1/topics/${key}`, 'r'), problemHeaders(error)])

    assert.ok(!text.includes(key.slice(20)), text)
    assert.equal(text.match(/\[redacted\]/g)?.length, 5)
  })
})
