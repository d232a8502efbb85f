import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Arrived, clientAddress, isSecure, TrustedProxies } from '../../../src/network/client-address.ts'

const request = (peer: string | undefined, headers: Record<string, string> = {}, isEncrypted = false): Arrived =>
  ({ headers, socket: { remoteAddress: peer, ...(isEncrypted && { encrypted: true }) } }) as unknown as Arrived

const proxies = new TrustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48'])

const looked = (...from: Parameters<typeof request>): Arrived => {
  const req = request(...from)
  proxies.look(req)
  return req
}

const forwarded: [peer: string | undefined, header: string | undefined, client: string | undefined][] = [
  ['127.0.0.1', undefined, '127.0.0.1'],
  ['127.0.0.1', '', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
  ['127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
  ['127.0.0.1', '2001:DB8::7', '2001:db8::7'],
  ['127.0.0.1', 'fe80::1%eth0', 'fe80::1'],
  // Several hops, each of which added its peer.
  ['127.0.0.1', '203.0.113.7, 10.1.1.1', '203.0.113.7'],
  ['127.0.0.1', '203.0.113.7,2001:db8:1::5 ,\t10.1.1.1', '203.0.113.7'],
  ['127.0.0.1', '10.1.1.2, 10.1.1.1', '10.1.1.2'],
  // What the client itself wrote stands left of what the first proxy added.
  ['127.0.0.1', '192.0.2.1, 203.0.113.7', '203.0.113.7'],
  ['127.0.0.1', '10.9.9.9, 203.0.113.7, 10.1.1.1', '203.0.113.7'],
  // With ports, as some proxies write them.
  ['127.0.0.1', '203.0.113.7:49152', '203.0.113.7'],
  ['127.0.0.1', '[2001:db8::7]:49152', '2001:db8::7'],
  ['127.0.0.1', '[2001:db8::7]', '2001:db8::7'],
  // What is no address ends the search.
  ['127.0.0.1', 'unknown', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7, unknown', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7, unix:, 10.1.1.1', '10.1.1.1'],
  ['127.0.0.1', '203.0.113.7,', '127.0.0.1'],
  ['127.0.0.1', ',,,', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.256', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7:', '127.0.0.1'],
  ['127.0.0.1', '[203.0.113.7', '127.0.0.1'],
  ['127.0.0.1', '0x7f.1', '127.0.0.1'],
  ['127.0.0.1', '203.0.113.7/8', '127.0.0.1'],
  ['127.0.0.1', '__proto__', '127.0.0.1'],
  ['127.0.0.1', '[]'.repeat(16_000), '127.0.0.1'],
  ['127.0.0.1', `203.0.113.7${', 10.1.1.1'.repeat(3_000)}`, '203.0.113.7'],
  // Nobody else is believed.
  ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['127.0.0.2', '198.51.100.1', '127.0.0.2'],
  ['::1', '198.51.100.1', '::1'],
  ['::ffff:203.0.113.9', '198.51.100.1', '203.0.113.9'],
  [undefined, '198.51.100.1', undefined],
]

suite("a client's address", () => {
  for (const [peer, header, client] of forwarded) {
    const shown = header !== undefined && header.length > 60 ? `${header.slice(0, 57)}…` : header
    test(`from ${peer} with X-Forwarded-For "${shown}" is ${client}`, () => {
      const req = looked(peer, header === undefined ? {} : { 'x-forwarded-for': header })

      assert.equal(clientAddress(req), client)
    })
  }

  test('is that of the connection where no proxy is trusted, and nobody looked', () => {
    assert.equal(clientAddress(request('::ffff:127.0.0.1', { 'x-forwarded-for': '203.0.113.7' })), '127.0.0.1')
    assert.equal(clientAddress(request(undefined)), undefined)
  })
})

const protocols: [peer: string, header: string | undefined, isEncrypted: boolean, expected: boolean][] = [
  ['127.0.0.1', 'https', false, true],
  ['127.0.0.1', 'HTTPS ', false, true],
  ['127.0.0.1', 'wss', false, true],
  ['127.0.0.1', 'http', true, false],
  ['127.0.0.1', 'http, https', false, true],
  ['127.0.0.1', 'https, http', false, false],
  ['127.0.0.1', 'gopher', false, false],
  ['127.0.0.1', 'gopher', true, true],
  ['127.0.0.1', '', true, true],
  ['127.0.0.1', undefined, false, false],
  ['203.0.113.9', 'https', false, false],
  ['203.0.113.9', 'http', true, true],
]

suite('whether a client speaks TLS', () => {
  for (const [peer, header, isEncrypted, expected] of protocols) {
    const over = isEncrypted ? 'TLS' : 'plain HTTP'
    test(`over ${over} from ${peer} with X-Forwarded-Proto "${header}": ${expected}`, () => {
      const headers = header === undefined ? {} : { 'x-forwarded-proto': header }

      assert.equal(isSecure(looked(peer, headers, isEncrypted)), expected)
    })
  }
})
