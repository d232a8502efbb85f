import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import request from 'supertest'
import { authentication } from '../../src/auth/guard.ts'
import { TokenVerifier } from '../../src/auth/token-verifier.ts'
import { bareApp } from '../support/app.ts'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { sharedParts } from '../support/parts.ts'

const wellKnown = '/.well-known/oauth-protected-resource'
type Json = Record<string, unknown>

const parameterOf = (answer: Response, name: string): string => {
  const challenge = answer.headers.get('www-authenticate') ?? ''
  const found = new RegExp(`[ ,]${name}="([^"]*)"`).exec(challenge)?.[1]
  assert.ok(found !== undefined, `${challenge} has no ${name}`)
  return found
}

const jsonAt = async (url: string): Promise<Json> => {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, url)
  return (await answer.json()) as Json
}

/** A client with an account at the issuer, and otherwise nothing: all that it uses it was told by an answer. */
async function tokenFromChallenge(answer: Response, scope: string): Promise<string> {
  const resource = await jsonAt(parameterOf(answer, 'resource_metadata'))
  const [issuer = ''] = resource.authorization_servers as string[]
  const { issuer: named, token_endpoint: endpoint } = await jsonAt(`${issuer}/.well-known/openid-configuration`)
  assert.equal(named, issuer)
  const { clientId, clientSecret } = sharedParts().issuer
  const form = { grant_type: 'client_credentials', scope, resource: String(resource.resource) }
  const token = await fetch(String(endpoint), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams(form),
  })
  assert.equal(token.status, 200)
  return ((await token.json()) as { access_token: string }).access_token
}

suite('a client that knows nothing but the URL of the gateway', () => {
  let gateway: TestGateway
  before(async () => {
    gateway = await startGateway()
  })
  after(() => gateway[Symbol.asyncDispose]())

  test('gets from a 401 to a token, and from a 403 to the right one, by what the answers say alone', async (t) => {
    const url = `${gateway.url}/v1/topics/${await createTopic(t)}/events`
    const bearing = (token: string) => fetch(url, { headers: { authorization: `Bearer ${token}` } })

    const unknown = await fetch(url)
    assert.equal(unknown.status, 401)
    const tooLittle = await bearing(await tokenFromChallenge(unknown, 'publish'))
    assert.equal(tooLittle.status, 403)
    const scope = parameterOf(tooLittle, 'scope')
    const enough = await bearing(await tokenFromChallenge(unknown, scope))

    assert.match(scope, /^read:/)
    assert.ok(![401, 403].includes(enough.status), String(enough.status))
  })

  test('is told by every 401 where to look, whatever was wrong', async () => {
    const attempts: [path: string, headers: Record<string, string>][] = [
      ['/v1/topics', {}],
      ['/v1/topics', { authorization: 'Basic YTpi' }],
      ['/v1/topics', { authorization: 'Bearer nonsense' }],
      ['/v1/topics/orders/events?ticket=nonsense', {}],
    ]
    for (const [path, headers] of attempts) {
      const answer = await fetch(gateway.url + path, { headers })
      assert.equal(answer.status, 401, path)
      assert.equal(parameterOf(answer, 'resource_metadata'), gateway.url + wellKnown)
    }
  })

  test('is told the resource, its issuers, the scopes of its operations and where its documentation is', async () => {
    const { status, body, headers } = await gateway.api.get(wellKnown, { token: null })

    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'no-store')
    const { scopes_supported: scopes, ...rest } = body
    assert.deepEqual(rest, {
      resource: gateway.url,
      resource_name: 'Headgate',
      resource_documentation: `${gateway.url}/docs`,
      authorization_servers: [sharedParts().issuer.url],
      bearer_methods_supported: ['header'],
    })
    assert.ok(scopes.includes('publish') && scopes.includes('read'))
    assert.equal((await fetch(body.resource_documentation)).status, 200)
  })
})

suite('a gateway with a public URL that has a path', () => {
  test('puts its metadata before that path, and leads there', async (t) => {
    const { url } = await gatewayFor(t, { env: { HEADGATE_HTTP_PUBLIC_URL: 'https://example.org/a(b)/events/' } })

    const challenged = await fetch(`${url}/v1/topics`)
    const inserted = await jsonAt(`${url}${wellKnown}/a(b)/events`)
    const elsewhere = await fetch(`${url}${wellKnown}/a`)

    assert.equal(parameterOf(challenged, 'resource_metadata'), `https://example.org${wellKnown}/a(b)/events`)
    assert.equal(inserted.resource, 'https://example.org/a(b)/events')
    assert.deepEqual(await jsonAt(url + wellKnown), inserted)
    assert.equal(elsewhere.status, 404)
  })
})

suite('a gateway without a public URL', () => {
  test('says nothing of itself by a host that is none', async () => {
    const { app } = bareApp(authentication(new TokenVerifier([])))

    const metadata = await request(app).get(wellKnown).set('Host', 'user@evil.example')
    const challenged = await request(app).get('/v1/topics').set('Host', 'a"b')

    assert.deepEqual([metadata.status, metadata.body.faults[0].pointer], [400, 'host'])
    assert.deepEqual(
      [challenged.status, challenged.get('WWW-Authenticate')?.toString()],
      [401, 'Bearer realm="headgate"'],
    )
  })
})
