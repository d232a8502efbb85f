import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import express, { type ErrorRequestHandler } from 'express'
import request from 'supertest'
import { authentication, principalOf, requireAction, requireScope } from '../../../src/auth/guard.ts'
import type { TokenPrincipal } from '../../../src/auth/principal.ts'
import { parseScopes } from '../../../src/auth/scope.ts'
import { KeysUnavailableError, TokenError } from '../../../src/auth/token-error.ts'
import type { TokenVerifier } from '../../../src/auth/token-verifier.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { problemOf } from '../../../src/errors/problems.ts'

const principal = (id: string, ...scopes: string[]): TokenPrincipal => ({
  id,
  issuer: 'https://issuer.example.com',
  scopes: parseScopes(scopes),
  expiresAt: Number.MAX_SAFE_INTEGER,
  keyThumbprint: 'a-key',
})

const answerProblem: ErrorRequestHandler = (error, _req, res, _next) => {
  if (!(error instanceof GatewayError)) return void res.status(500).json({ message: String(error) })
  const { code, message, extras } = error
  res
    .status(problemOf(code).status)
    .set(extras.headers ?? {})
    .json({ code, message, retryAfter: extras.retryAfterSeconds })
}

function app(verify: TokenVerifier['verify'], remembered: TokenVerifier['known'] = () => undefined) {
  const verifier = { verify, known: remembered } as TokenVerifier
  return express()
    .get('/open/:topic', requireScope('read'), (_req, res) => void res.end())
    .use(authentication(verifier))
    .get('/topics/:topic', requireScope('publish'), (req, res) => void res.json(principalOf(req).id))
    .get('/topics', requireAction('read'), (req, res) => void res.json(principalOf(req).id))
    .get('/nothing', requireScope('read'), (_req, res) => void res.end())
    .use(answerProblem)
}

const tokens: Record<string, TokenPrincipal> = {
  all: principal('all', 'publish', 'read'),
  some: principal('some', 'publish:orders.*'),
}

const known = (token: string): TokenPrincipal => {
  const found = tokens[token]
  if (!found) throw new TokenError('the token has expired')
  return found
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const invalid = 'Bearer realm="headgate", error="invalid_token", error_description="the token has expired"'
const insufficient = (scope: string) =>
  `Bearer realm="headgate", error="insufficient_scope", error_description="the token lacks a scope", scope="${scope}"`

suite('the guard', () => {
  const cases: [
    fact: string,
    path: string,
    headers: Record<string, string>,
    answer: [status: number, code: string | undefined, challenge: string | undefined],
  ][] = [
    ['lets an allowed caller through', '/topics/orders', bearer('all'), [200, undefined, undefined]],
    ['takes the scheme in any case', '/topics/orders', { Authorization: 'bEARER all' }, [200, undefined, undefined]],
    ['lets a pattern through', '/topics/orders.eu', bearer('some'), [200, undefined, undefined]],
    ['lets an action through', '/topics', bearer('all'), [200, undefined, undefined]],
    [
      'tells a caller without credentials nothing but the scheme',
      '/topics/orders',
      {},
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    [
      'takes other schemes for no credentials',
      '/topics/orders',
      { Authorization: 'Basic YTpi' },
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    [
      'takes no token from the query',
      '/topics/orders?access_token=all',
      {},
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    [
      'takes no token from a cookie',
      '/topics/orders',
      { Cookie: 'access_token=all' },
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    [
      'refuses a scheme that merely begins like its own',
      '/topics/orders',
      { Authorization: 'Bearerall' },
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    ['refuses a bad token', '/topics/orders', bearer('bad'), [401, 'token-invalid', invalid]],
    [
      'refuses a scheme without a token',
      '/topics/orders',
      { Authorization: 'Bearer' },
      [401, 'token-invalid', invalid],
    ],
    ['refuses a token after two spaces', '/topics/orders', bearer(' all'), [401, 'token-invalid', invalid]],
    [
      'refuses another topic',
      '/topics/payments',
      bearer('some'),
      [403, 'scope-missing', insufficient('publish:payments')],
    ],
    ['refuses another action', '/topics', bearer('some'), [403, 'scope-missing', insufficient('read')]],
    [
      'refuses internal topics',
      '/topics/__consumer_offsets',
      bearer('all'),
      [403, 'scope-missing', insufficient('publish')],
    ],
    [
      'writes no header of what a path holds',
      '/topics/a%22%0d%0aX:%20y',
      bearer('some'),
      [403, 'scope-missing', insufficient('publish:a___X: y')],
    ],
    [
      'is closed where nothing authenticates',
      '/open/orders',
      bearer('all'),
      [401, 'token-missing', 'Bearer realm="headgate"'],
    ],
    ['is closed on a path without a topic', '/nothing', bearer('all'), [500, undefined, undefined]],
  ]
  for (const remembered of [undefined, (token: string) => tokens[token]]) {
    for (const [fact, path, headers, [status, code, challenge]] of cases) {
      test(`${fact}, ${remembered ? 'remembered' : 'seen first'}`, async () => {
        const answer = await request(app(async (token) => known(token), remembered))
          .get(path)
          .set(headers)

        assert.equal(answer.status, status)
        assert.equal(answer.body.code, code)
        assert.equal(answer.get('WWW-Authenticate')?.toString(), challenge)
      })
    }
  }

  test('answers 503 when the keys of the issuer are not there', async () => {
    const verify = async () => {
      throw new KeysUnavailableError()
    }

    const { status, body } = await request(app(verify)).get('/topics/orders').set(bearer('all'))

    assert.deepEqual([status, body.code, body.retryAfter], [503, 'issuer-unavailable', 5])
  })

  test('keeps principals apart when requests overlap', async (t: TestContext) => {
    const waiting: (() => void)[] = []
    const verify = (token: string) =>
      new Promise<TokenPrincipal>((resolve) => {
        waiting.push(() => resolve(principal(token, 'publish')))
        if (waiting.length === 10) for (const go of waiting.reverse()) go()
      })
    const server = app(verify).listen(0)
    t.after(() => server.close())
    const ids = Array.from({ length: 10 }, (_, index) => `caller-${index}`)

    const answers = await Promise.all(ids.map((id) => request(server).get('/topics/orders').set(bearer(id))))

    assert.deepEqual(
      answers.map(({ body }) => body),
      ids,
    )
  })
})
