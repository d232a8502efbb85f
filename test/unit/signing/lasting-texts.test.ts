import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ApiKeyHasher } from '../../../src/auth/api-keys/api-key-hasher.ts'
import { TicketSigner } from '../../../src/auth/ticket-signer.ts'
import { CursorSigner } from '../../../src/reading/cursor-signer.ts'

const secret = 'a-sécret-of-this-test-0123456789abcdef'

// They are kept by clients, or in Kafka: another release, and a replica of it beside this one, has to take them.
suite('what is made with a secret is the same in every release', () => {
  test('a cursor', () => {
    const cursor = {
      topics: [
        {
          topic: 'orders',
          topicId: 'id',
          partition: null,
          next: new Map([
            [0, 1],
            [3, 300],
          ]),
        },
      ],
    }
    const text = 'AXsL-dIBBm9yZGVycwJpZAACAAEDrALkmWd7DhfTwQrmA6EIpyda'

    assert.equal(new CursorSigner([secret]).sign(cursor), text)
    assert.deepEqual(new CursorSigner([secret]).verify(text), cursor)
  })

  test('a ticket', () => {
    const ticket = {
      id: 'AAAAAAAAAAAAAAAAAAAAAA',
      action: 'read',
      topics: ['orders'],
      origin: null,
      expiresAt: 1_800_000_000_000,
      holder: {
        id: 'shöp',
        issuer: 'https://issuer.example.com',
        expiresAt: 1_800_000_600_000,
        keyThumbprint: 'a-key',
      },
    } as const
    const text =
      'AfgzH9d7ImlkIjoiQUFBQUFBQUFBQUFBQUFBQUFBQUFBQSIsImFjdGlvbiI6InJlYWQiLCJ0b3BpY3MiOlsib3JkZXJzIl0sIm9y' +
      'aWdpbiI6bnVsbCwiZXhwaXJlc0F0IjoxODAwMDAwMDAwMDAwLCJob2xkZXIiOnsiaWQiOiJzaMO2cCIsImlzc3VlciI6Imh0dHBz' +
      'Oi8vaXNzdWVyLmV4YW1wbGUuY29tIiwiZXhwaXJlc0F0IjoxODAwMDAwNjAwMDAwLCJrZXlUaHVtYnByaW50IjoiYS1rZXkifX0k' +
      'n-B0ECsSBScH-hjz9kAGKJiPbyohyzayHLndc7pKRw'

    assert.equal(new TicketSigner([secret]).sign(ticket), text)
    assert.deepEqual(new TicketSigner([secret]).verify(text), ticket)
  })

  test('the hash of an API key', () => {
    const hashed = { pepper: 'VwSvaQtf', hash: 'pO9Z_FuadymbprmeMa30BAmcjCC6iB_hsGhkg2No-9I' }

    assert.deepEqual(new ApiKeyHasher([secret]).hash('hg_text'), hashed)
    assert.equal(new ApiKeyHasher([secret]).matches('hg_text', hashed), true)
  })
})
