import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Origins } from '../../../src/auth/origin.ts'
import type { Principal } from '../../../src/auth/principal.ts'
import { holds, mayDo, parseScopes } from '../../../src/auth/scope.ts'
import { SpentTicketError } from '../../../src/auth/ticket-error.ts'
import { TicketSigner } from '../../../src/auth/ticket-signer.ts'
import { Tickets, ticketOrigin } from '../../../src/auth/tickets.ts'

const page = 'https://app.example.com'
const began = 1_800_000_000_000

const holder: Principal = {
  id: 'shop',
  issuer: 'https://issuer.example.com',
  scopes: parseScopes(['publish', 'read', 'admin']),
  expiresAt: began + 600_000,
  keyThumbprint: 'a-key',
}

function start() {
  const clock = { now: began }
  const used = new Set<string>()
  const withdrawn = new Set<string>()
  const redeemed: string[] = []
  const tickets = new Tickets({
    signer: new TicketSigner(['a-secret-of-this-test-0123456789abcdef']),
    redemptions: {
      prepare: () => {},
      isUsed: (id) => used.has(id),
      redeem: async ({ id }) => void redeemed.push(id),
    },
    origins: new Origins({ corsOrigins: [] }),
    isTrusted: (who) => 'keyThumbprint' in who && !withdrawn.has(who.keyThumbprint),
    config: { lifetimeMs: 30_000 },
    now: () => clock.now,
  })
  const issue = (principal = holder) =>
    tickets.issue(principal, { action: 'publish', topics: ['orders', 'a.b'], origin: page })
  const show = (text: string) => tickets.show(text, { origin: page })
  return { clock, used, withdrawn, redeemed, tickets, issue, show }
}

suite('a ticket', () => {
  test('shows who took it, with what it is for and nothing more', () => {
    const { issue, show } = start()

    const { principal } = show(issue().text)

    const { scopes, ...who } = principal
    const { scopes: _all, ...asTaken } = holder
    assert.deepEqual(who, asTaken)
    for (const topic of ['orders', 'a.b']) assert.equal(mayDo(scopes, 'publish', topic), true)
    for (const topic of ['order', 'orders2', 'aXb', '*', '_headgate.tickets']) {
      assert.equal(mayDo(scopes, 'publish', topic), false)
    }
    for (const action of ['read', 'admin', 'subscribe'] as const) assert.equal(mayDo(scopes, action, 'orders'), false)
  })

  test('carries the scopes of its holder that it was given, and no others', () => {
    const { tickets, show } = start()
    const granted = { action: 'read', topics: ['orders', 'a.b'], scopes: ['pii:orders'], origin: page } as const

    const { scopes } = show(tickets.issue(holder, granted).text).principal

    assert.deepEqual(
      ['orders', 'a.b', 'orders2'].map((topic) => holds(scopes, 'pii', topic)),
      [true, false, false],
    )
    assert.equal(mayDo(scopes, 'publish', 'orders'), false)
  })

  test('is good until its time, and has expired from then on', () => {
    const { clock, issue, show } = start()
    const { text, expiresAt } = issue()
    assert.equal(expiresAt, began + 30_000)

    clock.now = expiresAt - 1
    assert.ok(show(text))
    clock.now = expiresAt

    assert.throws(() => show(text), SpentTicketError)
    assert.throws(() => show(text), /has expired/)
  })

  test('does not outlive the credentials of who took it', () => {
    const { issue } = start()

    assert.equal(issue({ ...holder, expiresAt: began + 5_000 }).expiresAt, began + 5_000)
  })

  test('is refused at once where it is known to be used, and is not used up by being shown', async () => {
    const { issue, show, redeemed, used } = start()
    const { text } = issue()
    const shown = show(text)
    show(text)
    assert.deepEqual(redeemed, [])

    await shown.redeem()

    assert.equal(redeemed.length, 1)
    for (const id of redeemed) used.add(id)
    assert.throws(() => show(text), SpentTicketError)
  })

  test('is refused with the key of the token by which it was taken', () => {
    const { issue, show, withdrawn } = start()
    const { text } = issue()
    withdrawn.add('a-key')

    assert.throws(() => show(text), { code: 'ticket-invalid', message: /withdrawn/ })
  })

  test('that is forged, or for another origin, is not called used', () => {
    const { issue, tickets, show } = start()
    const { text } = issue()

    for (const attempt of [() => show(`${text}A`), () => show(''), () => tickets.show(text, { origin: 'null' })]) {
      assert.throws(attempt, (error) => !(error instanceof SpentTicketError))
      assert.throws(attempt, { code: 'ticket-invalid' })
    }
  })

  test('has an id of its own of 128 bits', async () => {
    const { issue, show, redeemed } = start()

    await Promise.all(Array.from({ length: 1_000 }, () => show(issue().text).redeem()))

    assert.equal(new Set(redeemed).size, 1_000)
    for (const id of redeemed) assert.equal(Buffer.from(id, 'base64url').length, 16)
  })
})

test('a ticket is for the origin of the page that asks, or for the one that is named', () => {
  assert.equal(ticketOrigin({}, undefined), null)
  assert.equal(ticketOrigin({ origin: page }, undefined), page)
  assert.equal(ticketOrigin({}, page), page)
  assert.equal(ticketOrigin({ origin: page }, page), page)
  assert.throws(() => ticketOrigin({ origin: page }, 'https://b.example.com'), { code: 'invalid-body' })
  assert.throws(() => ticketOrigin({}, 'b.example.com'), { code: 'invalid-body' })
  assert.throws(() => ticketOrigin({ origin: 'null' }, page), { code: 'origin-not-allowed' })
})
