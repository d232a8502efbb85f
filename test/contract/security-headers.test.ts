import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { OperationSpec } from '../../src/openapi/contract.ts'
import { operationSpecs } from '../support/api.ts'
import { createKey } from '../support/api-keys.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { untilTheRunEnds } from '../support/kafka.ts'
import { numberTopic, publishNumbers } from '../support/reading.ts'
import { keeping } from '../support/refusals.ts'
import { issueToken } from '../support/tokens.ts'
import {
  everyScope,
  idOfOwnRefusal,
  nameOfOwnSubscription,
  namesOfOwnSubject,
  topicOfOwnContract,
  validRequest,
} from '../support/valid-requests.ts'

const listed = 'https://app.example.com'
const foreign = ['https://evil.example.com', 'null', 'https://app.example.com.evil.example', 'http://app.example.com']
const isPage = ({ answers }: OperationSpec): boolean => 'text/html' in (answers[200] ?? {})
// What takes a credential is shown inside of one of these, if anywhere.
const pages = operationSpecs.filter((spec) => isPage(spec) && spec.security.flat().length === 0)

/** Directives of a policy, by name. */
const directivesOf = (policy: string): Map<string, string[]> =>
  new Map(
    policy
      .split(';')
      .map((directive) => directive.trim().split(/\s+/))
      .map(([name = '', ...rest]) => [name, rest]),
  )

suite('the headers of every answer', () => {
  let gateway: TestGateway
  let topic: string
  let token: string
  before(async () => {
    topic = await numberTopic(untilTheRunEnds)
    const env = { HEADGATE_HTTP_CORS_ORIGINS: `${listed},https://other.example.com` }
    gateway = await startGateway({ env, contracts: [keeping(topic)] })
    token = await issueToken(everyScope)
    await publishNumbers(gateway.api, topic, 0, 1)
  })
  after(() => gateway[Symbol.asyncDispose]())

  /** A stream is left as soon as its headers are there. */
  async function call(spec: OperationSpec, headers: Record<string, string>, credential: string | null = token) {
    const { id } = spec.path.includes('{id}') ? await createKey(gateway, { scopes: ['read'] }) : { id: '' }
    const there = { url: gateway.url, topic, token }
    const own = {
      ...(await nameOfOwnSubscription(spec, there)),
      ...(await idOfOwnRefusal(spec, there)),
      ...(await namesOfOwnSubject(spec)),
      ...(await topicOfOwnContract(spec, there)),
    }
    const valid = validRequest(spec, { topic, id, ...own })
    const { path, method = 'GET', body } = valid
    const left = new AbortController()
    const response = await fetch(gateway.url + path, {
      method,
      headers: {
        ...(credential !== null && { authorization: `Bearer ${credential}` }),
        ...valid.headers,
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: left.signal,
    })
    const text = spec.id === 'readStream' && response.ok ? '' : await response.text()
    left.abort()
    return { status: response.status, headers: response.headers, text }
  }

  for (const spec of operationSpecs) {
    test(`${spec.id}: are never guessed at, name no software, and allow no page to bring cookies`, async () => {
      for (const credential of [token, null]) {
        for (const origin of [undefined, listed, ...foreign]) {
          const { status, headers } = await call(spec, origin === undefined ? {} : { origin }, credential)

          // No ticket is made for a page without an origin of its own.
          const mayRefuse = credential === null ? 401 : origin === 'null' && spec.id === 'createTicket' ? 403 : 200
          assert.ok(status < 300 || status === mayRefuse, `${status}`)
          assert.equal(headers.get('x-content-type-options'), 'nosniff')
          assert.equal(headers.get('x-powered-by'), null)
          assert.equal(headers.get('server'), null)
          assert.equal(headers.get('set-cookie'), null)
          assert.equal(headers.get('access-control-allow-credentials'), null)
          assert.equal(headers.get('access-control-allow-origin'), origin === listed ? listed : null)
          assert.match(headers.get('vary') ?? '', /Origin/)
        }
      }
    })

    test(`${spec.id}: a page of a listed origin may call it with an access token, and no other may`, async () => {
      const { path } = validRequest(spec, { topic, id: 'ABCDEFGHIJKL' })
      for (const origin of [listed, ...foreign]) {
        const { status, headers } = await fetch(gateway.url + path, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': spec.method.toUpperCase(),
            'access-control-request-headers': 'authorization,content-type',
          },
        })

        assert.equal(status, 204)
        assert.equal(headers.get('access-control-allow-origin'), origin === listed ? listed : null)
        assert.equal(headers.get('access-control-allow-credentials'), null)
        if (origin !== listed) continue
        assert.match(headers.get('access-control-allow-headers') ?? '', /authorization/i)
        assert.ok(headers.get('access-control-allow-methods')?.includes(spec.method.toUpperCase()))
      }
    })
  }

  test('are there for pages, of which there are some', () => {
    assert.ok(pages.length >= 3)
  })

  for (const spec of pages) {
    test(`${spec.id}: run no script but the gateway's own files, and stand in no frame`, async () => {
      const { headers, text } = await call(spec, {}, null)
      const policy = directivesOf(headers.get('content-security-policy') ?? '')

      assert.deepEqual(policy.get('default-src'), ["'none'"])
      assert.deepEqual(policy.get('script-src'), ["'self'"])
      assert.deepEqual(policy.get('frame-ancestors'), ["'none'"])
      assert.deepEqual(policy.get('base-uri'), ["'none'"])
      assert.deepEqual(policy.get('form-action'), ["'none'"])
      for (const [name, sources] of policy) {
        for (const source of sources) {
          assert.ok(["'none'", "'self'"].includes(source) || /^(img|style)-src$/.test(name), `${name} ${source}`)
        }
      }
      assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8$/)
      assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)/i)
      assert.doesNotMatch(text, /\son\w+\s*=|javascript:/i)
    })
  }
})
