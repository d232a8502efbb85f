import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { TicketSigner } from '../../../src/auth/ticket-signer.ts'
import { CursorSigner } from '../../../src/reading/cursor-signer.ts'
import { type LeaseToken, LeaseTokens } from '../../../src/subscriptions/lease-token.ts'

const secret = 'a-sécret-of-this-test-0123456789abcdef'
const newer = 'a-newer-secret-of-this-test-0123456789'
const tokens = new LeaseTokens([secret])
const token: LeaseToken = {
  subscription: 'invoices',
  topicId: 'oGx1Qm2wSXO8a1b2c3d4ew',
  partition: 11,
  offset: 5_000_000_000,
  run: 2 ** 47,
  lease: 2 ** 47 + 5,
  deliveries: 2,
  until: 1_800_000_000_000,
}
const text = tokens.sign(token)

suite('a lease token', () => {
  test('says what was leased, for whoever has the secret, and is the same in every release', () => {
    const kept =
      'AdNx-bQIaW52b2ljZXMWb0d4MVFtMndTWE84YTFiMmMzZDRldwuA5JfQEoCAgICAgCCFgICAgIAgAoCg8cKxNJ3RJ_VgKpRJTVkk-ZN-Y5k'

    assert.deepEqual(tokens.verify(text), token)
    assert.equal(text, kept)
  })

  test('gives back what was written, whatever it is', () => {
    const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
    const any = fc.record({
      subscription: fc.string({ unit: 'binary' }).map((name) => name.toWellFormed()),
      topicId: fc.string(),
      partition: fc.nat(),
      offset: number,
      run: number,
      lease: number,
      deliveries: fc.nat(),
      until: number,
    })
    fc.assert(fc.property(any, (lease) => assert.deepEqual(tokens.verify(tokens.sign(lease)), { ...lease })))
  })

  test('is verified by every secret, and signed by the first', () => {
    const rotating = new LeaseTokens([newer, secret])

    assert.deepEqual(rotating.verify(text), token)
    assert.equal(tokens.verify(rotating.sign(token)), undefined)
    assert.equal(new LeaseTokens([newer]).verify(text), undefined)
  })

  test('is nothing with any single bit changed', () => {
    const bytes = Buffer.from(text, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(tokens.verify(changed.toString('base64url')), undefined, `bit ${bit}`)
    }
  })

  test('is no cursor and no ticket, nor is one of these a token', () => {
    const ticket = new TicketSigner([secret])
    const cursor = new CursorSigner([secret])

    assert.equal(ticket.verify(text), undefined)
    assert.throws(() => cursor.verify(text), { code: 'invalid-cursor' })
    assert.equal(tokens.verify(cursor.sign({ topics: [] })), undefined)
  })
})
