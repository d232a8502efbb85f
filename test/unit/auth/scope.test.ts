import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  holds,
  includes,
  isPlainScope,
  mayDo,
  mayDoSomewhere,
  mayGive,
  parseScopes,
  type Scope,
} from '../../../src/auth/scope.ts'
import type { Action } from '../../../src/scopes/scope-name.ts'

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

const inclusions: [held: string, wanted: string, isIncluded: boolean][] = [
  ['publish', 'publish', true],
  ['publish', 'publish:*', true],
  ['publish:*', 'publish', true],
  ['publish:**', 'publish', true],
  ['publish', 'publish:a*b', true],
  ['publish', 'read', false],
  ['publish:a.*', 'publish:a.b', true],
  ['publish:a.*', 'publish:a.b*c', true],
  ['publish:a.*', 'publish:a.*', true],
  ['publish:a.*', 'publish:a*', false],
  ['publish:a.*', 'publish', false],
  ['publish:a*c', 'publish:a*b*c', true],
  ['publish:a*b*c', 'publish:a*c', false],
  ['publish:a', 'publish:a*', false],
  ['publish:a*', 'publish:a', true],
  ['publish:*a*', 'publish:*', false],
  ['publish:*a*', 'publish:*ba*', true],
  ['admin', 'publish', false],
]

suite('scopes', () => {
  for (const [held, wanted, isIncluded] of inclusions) {
    test(`\`${held}\` ${isIncluded ? 'includes' : 'does not include'} \`${wanted}\``, () => {
      const [scope] = parseScopes([wanted])
      assert.equal(includes(parseScopes([held]), scope as Scope), isIncluded)
    })
  }

  test('that include another allow every topic that it allows', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 6 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 5 })
    let included = 0
    fc.assert(
      fc.property(pattern, pattern, fc.array(name), (held, wanted, fillings) => {
        const [scope] = parseScopes([`read:${wanted}`])
        const mine = parseScopes([`read:${held}`])
        if (!scope || !includes(mine, scope)) return
        included += 1
        let at = 0
        const topic = wanted.replace(/\*/g, () => fillings[at++] ?? '')
        assert.ok(mayDo(mine, 'read', topic), topic)
      }),
      { numRuns: 5_000 },
    )
    assert.ok(included > 50)
  })

  test('can be given by who has them, and by an admin of everything', () => {
    const wanted = parseScopes(['publish:a'])[0] as Scope

    const may = (...texts: string[]) => mayGive(parseScopes(texts), wanted)
    assert.deepEqual([may('publish:a*'), may('admin'), may('admin:*')], [true, true, true])
    assert.deepEqual([may('read:a'), may('admin:a'), may('keys')], [false, false, false])
  })

  for (const [scope, action, topic, may] of cases) {
    test(`\`${scope}\` ${may ? 'gives' : 'does not give'} ${action} on ${topic}`, () => {
      assert.equal(mayDo(parseScopes([scope]), action, topic), may)
    })
  }

  const own: [scope: string, name: string, topic: string, holds: boolean][] = [
    ['pii', 'pii', 'orders', true],
    ['pii', 'pii2', 'orders', false],
    ['PII', 'pii', 'orders', false],
    ['pii:orders', 'pii', 'orders', true],
    ['pii:orders', 'pii', 'orders.eu', false],
    ['pii:orders.*', 'pii', 'orders.eu', true],
    ['pii:orders.*', 'pii', 'clicks', false],
    ['pii:', 'pii', 'orders', false],
    ['pii', 'pii', '__consumer_offsets', false],
    ['pii:_headgate.*', 'pii', '_headgate.api-keys', false],
    ['admin', 'pii', 'orders', false],
    ['read', 'pii', 'orders', false],
  ]
  for (const [scope, name, topic, expected] of own) {
    test(`of the organisation's own: \`${scope}\` ${expected ? 'holds' : 'does not hold'} as ${name} on ${topic}`, () => {
      assert.equal(holds(parseScopes([scope]), name, topic), expected)
    })
  }

  test("of the organisation's own can be given by who has them, and are included like others", () => {
    const wanted = parseScopes(['pii:orders.eu'])[0] as Scope

    const may = (...texts: string[]) => mayGive(parseScopes(texts), wanted)
    assert.deepEqual([may('pii'), may('pii:orders.*'), may('admin')], [true, true, true])
    assert.deepEqual([may('read'), may('pii:clicks'), may('keys')], [false, false, false])
  })

  const plain: [scope: string, isPlain: boolean][] = [
    ['read:orders.*', true],
    ['admin', true],
    ['pii', true],
    ['pii:orders.*', true],
    ['personal-data', true],
    ['raed', false],
    ['Publish', false],
    ['subscrbe:orders', false],
    ['email', false],
    ['openid', false],
    ['1pii', false],
    ['', false],
    ['not/one', false],
  ]
  for (const [scope, isPlain] of plain) {
    test(`\`${scope}\` ${isPlain ? 'can' : 'cannot'} be given to somebody`, () => {
      assert.equal(isPlainScope(scope), isPlain)
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
