import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseScopes } from '../../../src/auth/scope.ts'
import { readContract } from '../../../src/contracts/contract.ts'
import { publishingPermit, readingPermit } from '../../../src/routes/contract-permits.ts'

const principal = (scopes: string[]) => ({
  id: 'somebody',
  issuer: 'issuer',
  keyThumbprint: '',
  scopes: parseScopes(scopes),
  expiresAt: 0,
})

suite('the rules of a contract', () => {
  const closed = 'It moves.'
  const cases: [rules: object, scopes: string[], verdict: string][] = [
    [{}, [], 'passes'],
    [{ requires: 'desk' }, [], 'scope-missing'],
    [{ requires: 'desk' }, ['desk'], 'passes'],
    [{ requires: 'desk' }, ['desk:orders'], 'passes'],
    [{ requires: 'desk' }, ['desk:ord*'], 'passes'],
    [{ requires: 'desk' }, ['desk:clicks'], 'scope-missing'],
    [{ requires: 'desk' }, ['admin', 'contracts-write', 'read', 'publish'], 'scope-missing'],
    [{ closed }, [], 'topic-closed'],
    [{ closed }, ['admin', 'contracts-write', 'read', 'publish'], 'topic-closed'],
    [{ closed, requires: 'desk' }, ['desk'], 'topic-closed'],
    [{ closed, requires: 'desk' }, [], 'topic-closed'],
  ]
  const sides = [
    ['read', readingPermit, 'write'],
    ['write', publishingPermit, 'read'],
  ] as const
  for (const [member, permitOf, other] of sides) {
    for (const [rules, scopes, verdict] of cases) {
      test(`${member} ${JSON.stringify(rules)} with ${scopes.join(' ') || 'no scope'}: ${verdict}`, () => {
        const reading = readContract({ topic: 'orders', [member]: rules, [other]: { closed: 'Not asked here.' } })
        assert.ok('contract' in reading)
        const ask = () => permitOf(principal(scopes))(reading.contract)

        if (verdict === 'passes') ask()
        else assert.throws(ask, { code: verdict })
      })
    }
  }
})
