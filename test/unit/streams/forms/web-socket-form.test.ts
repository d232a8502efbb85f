import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import * as ws from 'ws'
import { textFrame, webSocketForm } from '../../../../src/streams/forms/web-socket-form.ts'

interface FrameReader extends NodeJS.EventEmitter {
  write(bytes: Buffer): void
}

// Its types leave it out.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => FrameReader }

/** What `ws` makes of the bytes, as a client. */
function received(bytes: Buffer): { text: string; isBinary: boolean }[] {
  const messages: { text: string; isBinary: boolean }[] = []
  const receiver = new Receiver({
    isServer: false,
    maxPayload: 0,
    skipUTF8Validation: false,
    allowSynchronousEvents: true,
  })
  receiver.on('message', (data: Buffer, isBinary: boolean) => messages.push({ text: String(data), isBinary }))
  receiver.on('error', (error: Error) => {
    throw error
  })
  receiver.write(bytes)
  return messages
}

suite('the WebSocket form', () => {
  // RFC 6455 §5.2: the shortest of the three forms of a length has to be used.
  for (const [length, header] of [
    [0, '8100'],
    [1, '8101'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ] as const) {
    test(`writes a text of ${length} bytes as one final, unmasked frame`, () => {
      const text = 'x'.repeat(length)

      const frame = textFrame(text)

      assert.equal(frame.subarray(0, -length || frame.length).toString('hex'), header)
      assert.deepEqual(received(frame), [{ text, isBinary: false }])
    })
  }

  test('counts bytes, not characters', () => {
    const text = '€'.repeat(42)

    assert.equal(textFrame(text).subarray(0, 4).toString('hex'), '817e007e')
  })

  test('several frames in one piece are the texts again, one by one', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 0, max: 70_000 }).map((n) => '€'.repeat(n)),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
        const joined = Buffer.concat(texts.map(textFrame))
        assert.deepEqual(
          received(joined).map((message) => message.text),
          texts,
        )
      }),
    )
  })

  test('has messages as lines have them', () => {
    const [event] = received(webSocketForm.message('event', '{"a":1}', 'abc'))
    const [heartbeat] = received(webSocketForm.heartbeat('abc'))

    assert.equal(event?.text, '{"event":{"a":1},"cursor":"abc"}')
    assert.equal(heartbeat?.text, '{"heartbeat":{},"cursor":"abc"}')
  })
})
