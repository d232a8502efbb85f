import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { suite, test } from 'node:test'
import { ProtectedResource } from '../../../src/auth/protected-resource.ts'

const asked = (host: string | undefined, socket: object = {}) =>
  ({ headers: { host }, socket }) as unknown as IncomingMessage

const wellKnown = '/.well-known/oauth-protected-resource'

suite('the gateway as a protected resource', () => {
  const byUrl: [publicUrl: string, resource: string, metadata: string, paths: string[]][] = [
    ['https://a.example', 'https://a.example', `https://a.example${wellKnown}`, [wellKnown]],
    ['https://a.example/', 'https://a.example', `https://a.example${wellKnown}`, [wellKnown]],
    [
      'http://a.example:8080/events/v2/',
      'http://a.example:8080/events/v2',
      `http://a.example:8080${wellKnown}/events/v2`,
      [wellKnown, `${wellKnown}/events/v2`],
    ],
    [
      'https://A.example:443/x?y=1#z',
      'https://a.example/x',
      `https://a.example${wellKnown}/x`,
      [wellKnown, `${wellKnown}/x`],
    ],
    [
      'https://a.example/a"b',
      'https://a.example/a%22b',
      `https://a.example${wellKnown}/a%22b`,
      [wellKnown, `${wellKnown}/a%22b`],
    ],
  ]
  for (const [publicUrl, resource, metadata, paths] of byUrl) {
    test(`is known by its public URL ${publicUrl}, whatever host is asked`, () => {
      const known = new ProtectedResource({ publicUrl })

      for (const host of ['evil.example', undefined]) {
        assert.equal(known.urlFor(asked(host)), resource)
        assert.equal(known.metadataUrlFor(asked(host)), metadata)
      }
      assert.deepEqual(known.metadataPaths, paths)
    })
  }

  test('is known by the host that is asked where it has no public URL, and by the scheme of the connection', () => {
    const known = new ProtectedResource({ publicUrl: undefined })

    assert.equal(known.urlFor(asked('localhost:8080')), 'http://localhost:8080')
    assert.equal(known.urlFor(asked('[::1]:8080')), 'http://[::1]:8080')
    assert.equal(known.metadataUrlFor(asked('a.example', { encrypted: true })), `https://a.example${wellKnown}`)
    assert.deepEqual(known.metadataPaths, [wellKnown])
  })

  for (const host of [
    undefined,
    '',
    'a.example/evil',
    'user@a.example',
    'a"b',
    'a b',
    'a.example?',
    'a#',
    'a,b',
    'a:99999',
  ]) {
    test(`is not known by a host that is none: ${host}`, () => {
      assert.equal(new ProtectedResource({ publicUrl: undefined }).metadataUrlFor(asked(host)), undefined)
    })
  }
})
