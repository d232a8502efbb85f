import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AddressList, parseNetwork } from '../../../src/network/address-list.ts'

const cases: [network: string, address: string | undefined, isIn: boolean][] = [
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['10.0.0.0/8', '::ffff:10.255.0.1', true],
  ['10.0.0.0/8', '::ffff:0aff:1', true],
  ['10.0.0.0/8', '::ffff:11.0.0.1', false],
  ['10.0.0.0/8', '::10.0.0.1', false],
  ['203.0.113.7', '203.0.113.7', true],
  ['203.0.113.7', '203.0.113.8', false],
  ['203.0.113.7', '::ffff:203.0.113.7', true],
  ['203.0.113.128/25', '203.0.113.127', false],
  ['203.0.113.128/25', '203.0.113.128', true],
  ['::ffff:10.0.0.0/104', '10.3.2.1', true],
  ['::ffff:10.0.0.0/104', '11.3.2.1', false],
  ['0.0.0.0/0', '198.51.100.1', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:DB8::1', '2001:db8:0:0::1', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['::1', '127.0.0.1', false],
  ['::/0', undefined, false],
  ['0.0.0.0/0', '', false],
  ['0.0.0.0/0', 'localhost', false],
]

suite('a list of addresses', () => {
  for (const [network, address, isIn] of cases) {
    test(`${network} ${isIn ? 'has' : 'does not have'} ${address}`, () => {
      assert.equal(new AddressList([network]).has(address), isIn)
    })
  }

  test('has what any of its networks has', () => {
    const list = new AddressList(['10.0.0.0/8', '2001:db8::/32'])

    assert.deepEqual(
      ['10.1.1.1', '2001:db8::1', '192.0.2.1'].map((address) => list.has(address)),
      [true, true, false],
    )
  })

  test('of nothing that is a network has nothing', () => {
    assert.equal(new AddressList(['nonsense']).has('10.0.0.1'), false)
    assert.equal(new AddressList([]).has('10.0.0.1'), false)
  })

  test('takes no text that is not an address or a network', () => {
    for (const text of ['', '10.0.0.0/33', '2001:db8::/129', '10.0.0/8', '10.0.0.0/', '10.0.0.0/-1', 'fe80::1%eth0']) {
      assert.equal(parseNetwork(text), undefined, text)
    }
    for (const text of ['010.0.0.1', '10.0.0.0/8 ', 'example.com', '*', '10.0.0.0/8,11.0.0.0/8', '0x0a.0.0.1']) {
      assert.equal(parseNetwork(text), undefined, text)
    }
  })
})
