import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { type ClaimSettings, claimReader } from '../../../src/auth/claims.ts'
import { isAction } from '../../../src/scopes/scope-name.ts'

const plain: ClaimSettings = {
  idClaims: ['sub', 'client_id'],
  scopeClaims: ['scope', 'scp'],
  roleClaims: [],
  scopesOfRoles: {},
}

const byRole: ClaimSettings = {
  ...plain,
  roleClaims: ['realm_access.roles', 'groups'],
  scopesOfRoles: {
    shop: ['publish:orders.*', 'read:orders.*'],
    analyst: ['read'],
    'Domain Users': ['read:public.*'],
    constructor: [],
  },
}

const written = ({ scopes }: ReturnType<ReturnType<typeof claimReader>>): string[] =>
  scopes.map(({ action, pieces }) => `${action}:${pieces.join('*')}`)

const read = (settings: ClaimSettings, payload: object) => claimReader(settings)(JSON.parse(JSON.stringify(payload)))

suite('the claims of a token', () => {
  const scopes: [fact: string, settings: ClaimSettings, payload: object, scopes: string[]][] = [
    [
      'words of a text are scopes',
      plain,
      { scope: 'pii:orders.* publish:orders.* read' },
      ['pii:orders.*', 'publish:orders.*', 'read:*'],
    ],
    ['items of a list are scopes', plain, { scp: ['publish', 'not/one', 'read'] }, ['publish:*', 'read:*']],
    ['all claims count, a scope once', plain, { scope: 'read publish', scp: ['read'] }, ['read:*', 'publish:*']],
    ['a role is no scope, whatever it is called', byRole, { groups: ['admin', 'publish', 'read:orders'] }, []],
    [
      'a role inside another claim means the scopes of the configuration',
      byRole,
      { realm_access: { roles: ['offline_access', 'shop'] } },
      ['publish:orders.*', 'read:orders.*'],
    ],
    ['roles add to scopes', byRole, { scope: 'publish', groups: ['analyst'] }, ['publish:*', 'read:*']],
    ['roles of a text are its words', byRole, { groups: 'nobody analyst' }, ['read:*']],
    ['a role in a list may have spaces', byRole, { groups: ['Domain Users'] }, ['read:public.*']],
    ['a role counts once', byRole, { groups: Array(500).fill('analyst') }, ['read:*']],
    [
      'a claim whose name has dots is found as it is',
      { ...plain, scopeClaims: ['https://example.com/scopes'] },
      { 'https://example.com/scopes': ['read'] },
      ['read:*'],
    ],
    [
      'a whole name goes before the members that it could lead to',
      { ...plain, scopeClaims: ['a.b'] },
      { 'a.b': 'read', a: { b: 'publish' } },
      ['read:*'],
    ],
    ['claims that are not named say nothing', { ...plain, scopeClaims: [] }, { scope: 'read' }, []],
    ['a role that every object has as a member is none', byRole, { groups: ['toString', 'constructor'] }, []],
  ]
  for (const [fact, settings, payload, expected] of scopes) {
    test(`${fact}`, () => {
      assert.deepEqual(written(read(settings, payload)), expected)
    })
  }

  const hostile: [fact: string, claims: unknown][] = [
    ['null', null],
    ['a number', 7],
    ['true', true],
    ['an object', { read: true, length: 1, 0: 'read' }],
    ['a list of lists', [['read'], [['publish']]]],
    ['a list of objects', [{ toString: 'read' }, null, 7]],
    ['an empty text', ''],
    ['a text with other white space', 'read\tpublish\nread'],
    ['words with other characters', 'read,publish publish/all 1read'],
  ]
  for (const [fact, value] of hostile) {
    test(`${fact} gives no scope, wherever it stands`, () => {
      const payload = { scope: value, scp: value, groups: value, realm_access: { roles: value } }

      assert.deepEqual(written(read(byRole, payload)), [])
      assert.deepEqual(written(read(byRole, { realm_access: value })), [])
    })
  }

  test('a word that only looks like an action is none', () => {
    const { scopes } = read(plain, { scope: 'READ Publish readers publish-all' })

    for (const { action } of scopes) assert.equal(isAction(action), false)
  })

  for (const name of ['__proto__', 'constructor.name', 'toString', 'a.__proto__.b', 'length', 'list.0', '.', '']) {
    test(`nothing that an object has by nature is a claim: ${name || 'the empty name'}`, () => {
      const settings = { ...plain, idClaims: [name], scopeClaims: [name], roleClaims: [name] }

      const claimed = read(settings, { a: {}, list: ['read'] })

      assert.deepEqual(claimed, { id: undefined, scopes: [], speaksOfScopes: false })
    })
  }

  const ids: [fact: string, idClaims: string[], payload: object, id: string | undefined][] = [
    ['the subject', ['sub', 'client_id'], { sub: 'a', client_id: 'b' }, 'a'],
    ['the client where there is no subject', ['sub', 'client_id'], { client_id: 'b' }, 'b'],
    ['a claim of the configuration', ['email', 'sub'], { sub: 'a', email: 'a@example.com' }, 'a@example.com'],
    ['a member of a claim', ['who.name'], { sub: 'a', who: { name: 'shop' } }, 'shop'],
    ['nobody by a number, though another claim would do', ['sub', 'client_id'], { sub: 7, client_id: 'b' }, undefined],
    ['nobody by null', ['sub', 'client_id'], { sub: null, client_id: 'b' }, undefined],
    ['nobody by an empty text', ['sub', 'client_id'], { sub: '', client_id: 'b' }, undefined],
    ['nobody by a list', ['sub'], { sub: ['a'] }, undefined],
    ['nobody where no claim is there', ['sub'], { client_id: 'b' }, undefined],
  ]
  for (const [fact, idClaims, payload, id] of ids) {
    test(`the principal is ${fact}`, () => {
      assert.equal(read({ ...plain, idClaims }, payload).id, id)
    })
  }

  test('a token speaks of scopes by its roles too', () => {
    assert.equal(read(byRole, { groups: [] }).speaksOfScopes, true)
    assert.equal(read(byRole, { sub: 'a' }).speaksOfScopes, false)
    assert.equal(read(plain, { groups: ['shop'] }).speaksOfScopes, false)
  })

  test('no payload makes them throw, or gives more than its words', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('sub', 'scope', 'groups', 'realm_access'), fc.jsonValue()),
        (payload) => {
          const allowed = new Set(Object.values(byRole.scopesOfRoles).flat())
          const text = JSON.stringify(payload)

          for (const { action } of claimReader(byRole)(payload).scopes)
            assert.ok(text.includes(action) || [...allowed].some((scope) => scope.startsWith(action)))
        },
      ),
    )
  })

  test('a role cannot be given what is no scope', () => {
    assert.throws(
      () => claimReader({ ...byRole, scopesOfRoles: { shop: ['publish', 'raed'] } }),
      /`raed` is not a scope/,
    )
    assert.doesNotThrow(() => claimReader({ ...byRole, scopesOfRoles: { shop: ['publish', 'pii:orders.*'] } }))
  })
})
