import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isOrigin, Origins } from '../../../src/auth/origin.ts'

const listed = 'https://app.example.com'
const behindProxy = new Origins({ corsOrigins: [listed], publicUrl: 'https://gate.example.com/base' })
const direct = new Origins({ corsOrigins: [listed] })

type Headers = { origin?: string; host?: string; 'sec-fetch-site'?: string }

suite('an upgrade to a WebSocket', () => {
  const cases: [fact: string, origins: Origins, headers: Headers, isAllowed: boolean][] = [
    ['of a client that is no page', direct, { host: 'gate:8080' }, true],
    ['of a listed page', direct, { origin: listed, host: 'gate:8080' }, true],
    ["of the gateway's own page", direct, { origin: 'http://gate:8080', host: 'gate:8080' }, true],
    ['of its own page behind what ends TLS', direct, { origin: 'https://gate', host: 'gate' }, true],
    ['of its own page, its host in capitals', direct, { origin: 'https://gate', host: 'GATE' }, true],
    ['of a page on another port', direct, { origin: 'http://gate:8081', host: 'gate:8080' }, false],
    ['of another page', direct, { origin: 'https://evil.example.com', host: 'gate:8080' }, false],
    ['of a page whose name begins as a listed one', direct, { origin: `${listed}.evil.org`, host: 'gate' }, false],
    ['of a listed host over http', direct, { origin: 'http://app.example.com', host: 'gate' }, false],
    ['of a file', direct, { origin: 'null', host: 'null' }, false],
    ['of an extension', direct, { origin: 'chrome-extension://abc', host: 'abc' }, false],
    ['of nothing that is an origin', direct, { origin: '', host: '' }, false],
    ['of the public URL', behindProxy, { origin: 'https://gate.example.com', host: 'inner:8080' }, true],
    [
      'of the public host over http',
      behindProxy,
      { origin: 'http://gate.example.com', host: 'gate.example.com' },
      false,
    ],
    ['of a host that is not the public one', behindProxy, { origin: 'http://inner:8080', host: 'inner:8080' }, false],
  ]
  for (const [fact, origins, headers, isAllowed] of cases) {
    test(`${fact} is ${isAllowed ? 'allowed' : 'refused'}`, () => {
      if (isAllowed) origins.assertAllowed(headers)
      else assert.throws(() => origins.assertAllowed(headers), { code: 'origin-not-allowed' })
    })
  }
})

suite('a request with a ticket', () => {
  const own = 'https://gate.example.com'
  const cases: [fact: string, origin: string | null, headers: Headers, isFrom: boolean][] = [
    ['of the page it is for', listed, { origin: listed }, true],
    ['of another page', listed, { origin: 'https://evil.example.com' }, false],
    ['that names no page, for one of another origin', listed, {}, false],
    ['of a file', listed, { origin: 'null' }, false],
    ['of a client, for clients', null, {}, true],
    ['of a page, for clients', null, { origin: listed }, false],
    ['of a file, for clients', null, { origin: 'null' }, false],
    ["of the gateway's own page, which a browser does not name in a GET", own, {}, true],
    ['of its own page, as new browsers mark it', own, { 'sec-fetch-site': 'same-origin' }, true],
    ['of a page that hides its name, for its own', own, { 'sec-fetch-site': 'cross-site' }, false],
    ['that somebody typed', own, { 'sec-fetch-site': 'none' }, false],
    ['of a sister page, for its own', own, { 'sec-fetch-site': 'same-site' }, false],
    ['of another page, for its own', own, { origin: listed, 'sec-fetch-site': 'same-origin' }, false],
  ]
  for (const [fact, origin, headers, isFrom] of cases) {
    test(`${fact} is ${isFrom ? 'right' : 'wrong'}`, () => {
      assert.equal(behindProxy.isFrom(origin, { host: 'gate.example.com', ...headers }), isFrom)
    })
  }
})

test('an origin has scheme, host and port as browsers write them, and nothing more', () => {
  for (const origin of ['https://a.example.com', 'http://localhost:3000', 'http://[::1]:8080', 'http://10.0.0.1']) {
    assert.equal(isOrigin(origin), true, origin)
  }
  const others = ['', 'null', '*', 'a.example.com', 'https://a.example.com/', 'https://A.example.com', 'HTTPS://a.org']
  for (const other of [
    ...others,
    'https://a.org:443',
    'https://u@a.org',
    'ftp://a.org',
    'https://a.org?',
    'https://',
  ]) {
    assert.equal(isOrigin(other), false, other)
  }
})
