import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { FastHmac } from '../../../src/signing/fast-hmac.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))

suite('FastHmac', () => {
  test("gives what Node's own HMAC-SHA-256 gives, for any key and message, one after the other", () => {
    fc.assert(
      fc.property(bytes(150), fc.array(bytes(300), { minLength: 1, maxLength: 4 }), (key, messages) => {
        const hmac = new FastHmac(key)
        for (const message of messages) {
          assert.deepEqual(hmac.of(message), createHmac('sha256', key).update(message).digest())
        }
      }),
    )
  })

  test('does so for messages of any length', () => {
    const key = Buffer.from('a-key')
    const hmac = new FastHmac(key)
    for (const length of [0, 4_095, 4_096, 4_097, 30_000, 10]) {
      const message = Buffer.alloc(length, 7)
      assert.deepEqual(hmac.of(message), createHmac('sha256', key).update(message).digest())
    }
  })
})
