import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Action, mayDo, mayDoSomewhere, parseScopes } from '../../../src/auth/scope.ts'

const cases: [scope: string, action: Action, topic: string, may: boolean][] = [
  ['publish', 'publish', 'orders', true],
  ['publish', 'read', 'orders', false],
  ['read:orders', 'read', 'orders', true],
  ['read:orders', 'read', 'orders2', false],
  ['read:orders', 'publish', 'orders', false],
  ['publish:orders.*', 'publish', 'orders.eu', true],
  ['publish:orders.*', 'publish', 'orders.', true],
  ['publish:orders.*', 'publish', 'orders', false],
  ['publish:orders.*', 'publish', 'ordersXeu', false],
  ['publish:*.eu', 'publish', 'orders.eu', true],
  ['publish:*.eu', 'publish', 'orders.eu.x', false],
  ['publish:a*b*c', 'publish', 'a-b-b-c', true],
  ['publish:a*b*c', 'publish', 'a-c-b', false],
  ['publish:a**c', 'publish', 'ac', true],
  ['publish:aba*aba', 'publish', 'aba', false],
  ['publish:aba*aba', 'publish', 'abaaba', true],
  ['publish:*ab*', 'publish', 'xaab', true],
  ['publish:*', 'publish', 'anything', true],
  ['publish:', 'publish', 'orders', false],
  ['publish:Orders', 'publish', 'orders', false],
  ['Publish', 'publish', 'orders', false],
  ['publish:[a-z]+', 'publish', 'orders', false],
  ['publish:orders?', 'publish', 'orders', false],
  ['publisher', 'publish', 'orders', false],
  ['admin', 'publish', 'orders', false],
  ['openid', 'read', 'orders', false],
  ['', 'read', 'orders', false],
  ['read', 'read', '__consumer_offsets', false],
  ['read:*', 'read', '_headgate.api-keys', false],
  ['read:__consumer_offsets', 'read', '__consumer_offsets', false],
  ['read:_headgate*', 'read', '_headgate', false],
  ['admin', 'admin', '__consumer_offsets', false],
  ['read', 'read', '_schemas', true],
]

suite('scopes', () => {
  for (const [scope, action, topic, may] of cases) {
    test(`\`${scope}\` ${may ? 'gives' : 'does not give'} ${action} on ${topic}`, () => {
      assert.equal(mayDo(parseScopes([scope]), action, topic), may)
    })
  }

  test('add up', () => {
    const scopes = parseScopes(['openid', 'publish:orders', 'read:a.*', 'read:b.*'])

    assert.equal(mayDo(scopes, 'read', 'b.1'), true)
    assert.equal(mayDo(scopes, 'publish', 'b.1'), false)
  })

  test('for some topics are enough for a list', () => {
    const scopes = parseScopes(['publish:orders'])

    assert.equal(mayDoSomewhere(scopes, 'publish'), true)
    assert.equal(mayDoSomewhere(scopes, 'read'), false)
  })

  test('with many stars are judged in a time that does not explode', () => {
    const scopes = parseScopes([`read:${'*a'.repeat(2_000)}*b`])
    const started = performance.now()

    for (let i = 0; i < 1_000; i++) mayDo(scopes, 'read', 'a'.repeat(249))

    assert.ok(performance.now() - started < 1_000)
  })
})
