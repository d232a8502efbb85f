import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { advertisedAddress, isLoopback } from '../../../src/peers/advertised-address.ts'

const address = (text: string, family: 'IPv4' | 'IPv6' = 'IPv4', internal = false) => ({
  address: text,
  family,
  internal,
})
const machine = {
  lo: [address('127.0.0.1', 'IPv4', true)],
  eth0: [address('fe80::1', 'IPv6'), address('2001:db8::7', 'IPv6'), address('10.0.0.7')],
}
const onlyIpv6 = {
  lo: [address('::1', 'IPv6', true)],
  eth0: [address('fe80::1', 'IPv6'), address('2001:db8::7', 'IPv6')],
}

suite('advertisedAddress', () => {
  for (const { settings, interfaces, expected } of [
    { settings: { host: '127.0.0.1' }, interfaces: machine, expected: '127.0.0.1:9000' },
    { settings: { host: '10.0.0.9' }, interfaces: machine, expected: '10.0.0.9:9000' },
    { settings: { host: '::1' }, interfaces: machine, expected: '[::1]:9000' },
    { settings: { host: '0.0.0.0' }, interfaces: machine, expected: '10.0.0.7:9000' },
    { settings: { host: '::' }, interfaces: onlyIpv6, expected: '[2001:db8::7]:9000' },
    { settings: { host: '0.0.0.0' }, interfaces: { lo: machine.lo }, expected: '127.0.0.1:9000' },
    {
      settings: { host: '0.0.0.0', advertise: 'pod-1.internal' },
      interfaces: machine,
      expected: 'pod-1.internal:9000',
    },
    { settings: { host: '0.0.0.0', advertise: 'pod-1:7000' }, interfaces: machine, expected: 'pod-1:7000' },
    { settings: { host: '::', advertise: '[2001:db8::9]' }, interfaces: machine, expected: '[2001:db8::9]:9000' },
  ]) {
    test(`${JSON.stringify(settings)} is reached at ${expected}`, () => {
      assert.equal(advertisedAddress({ port: 0, ...settings }, 9_000, interfaces), expected)
    })
  }

  test('only addresses of the machine itself are loopback', () => {
    assert.deepEqual(
      ['127.0.0.1:1', 'localhost:1', '[::1]:1', '10.0.0.7:1', '127.example.org.:1', '[2001:db8::7]:1'].map(isLoopback),
      [true, true, true, false, true, false],
    )
  })
})
