import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { Ticket } from '../../../src/auth/ticket.ts'
import { TicketSigner } from '../../../src/auth/ticket-signer.ts'
import { CursorSigner } from '../../../src/reading/cursor-signer.ts'

const secret = 'a-secret-of-this-test-0123456789abcdef'
const newer = 'a-newer-secret-of-this-test-0123456789'
const signer = new TicketSigner([secret])

const ticket: Ticket = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  action: 'read',
  topics: ['orders', 'payments'],
  origin: 'https://app.example.com',
  expiresAt: 1_800_000_000_000,
  holder: { id: 'shöp', issuer: 'https://issuer.example.com', expiresAt: 1_800_000_600_000, keyThumbprint: 'a-key' },
}
const text = signer.sign(ticket)
const bytes = Buffer.from(text, 'base64url')
const textOf = (changed: Uint8Array) => Buffer.from(changed).toString('base64url')

suite('the text of a ticket', () => {
  test('is the ticket, for whoever has the secret', () => {
    assert.deepEqual(new TicketSigner([secret]).verify(text), ticket)
    assert.match(text, /^[\w-]+$/)
  })

  test('is verified by every secret, and signed by the first', () => {
    const rotating = new TicketSigner([newer, secret])

    assert.deepEqual(rotating.verify(text), ticket)
    assert.equal(signer.verify(rotating.sign(ticket)), undefined)
    assert.deepEqual(new TicketSigner([newer]).verify(rotating.sign(ticket)), ticket)
  })

  test('is nothing once the secret is gone', () => {
    assert.equal(new TicketSigner([newer]).verify(text), undefined)
  })

  test('is nothing with any single bit changed', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(signer.verify(textOf(changed)), undefined, `bit ${bit}`)
    }
  })

  test('is nothing cut anywhere, or with anything before or after it', () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(signer.verify(textOf(bytes.subarray(0, length))), undefined)
      assert.equal(signer.verify(textOf(bytes.subarray(bytes.length - length))), undefined)
    }
    for (const more of [Buffer.alloc(1), bytes]) {
      assert.equal(signer.verify(textOf(Buffer.concat([bytes, more]))), undefined)
      assert.equal(signer.verify(textOf(Buffer.concat([more, bytes]))), undefined)
    }
  })

  test('has one form', () => {
    for (const other of [`${text}=`, `${text}==`, ` ${text}`, `${text}\n`, `${text}.`, bytes.toString('base64')]) {
      if (other !== text) assert.equal(signer.verify(other), undefined, other)
    }
    // Of the last character of most lengths only some bits count.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const other = text.slice(0, -1) + last
      if (other !== text) assert.equal(signer.verify(other), undefined, other)
    }
  })

  test('is nothing when it is signed with the secret itself, or is a cursor', () => {
    const signed = bytes.subarray(0, -32)
    const bySecret = Buffer.concat([signed, createHmac('sha256', secret).update(signed).digest()])
    const cursor = new CursorSigner([secret]).sign({
      topics: [{ topic: 'orders', topicId: 'id', partition: null, next: new Map([[0, 1]]) }],
    })

    assert.equal(signer.verify(textOf(bySecret)), undefined)
    assert.equal(signer.verify(cursor), undefined)
    assert.throws(() => new CursorSigner([secret]).verify(text), { code: 'invalid-cursor' })
  })

  test('is nothing for any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 600 }).map(textOf)), (other) => {
        assert.equal(signer.verify(other), undefined)
      }),
    )
  })
})
