import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { gatewayFor, startGateway, type TestGateway } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'
import { issueToken } from '../support/tokens.ts'
import { clientFrame, type FrameParts, opcodes, RawWebSocket } from '../support/web-socket-frames.ts'

const { continuation, text, binary, close, ping, pong } = opcodes
const notUtf8 = Buffer.from([0x7b, 0xc3, 0x28, 0x7d])

suite('frames of a client', () => {
  let gateway: TestGateway
  let token: string
  before(async () => {
    gateway = await startGateway()
    token = await issueToken(['read', 'publish'])
  })
  after(() => gateway[Symbol.asyncDispose]())

  const wrong: [fact: string, frames: FrameParts[], code: number][] = [
    ['not masked', [{ opcode: text, payload: '{}', isMasked: false }], 1002],
    ['with a reserved bit', [{ opcode: text, payload: '{}', reservedBits: 1 }], 1002],
    ['that says it is compressed', [{ opcode: text, payload: '{}', reservedBits: 4 }], 1002],
    ['of an unknown kind', [{ opcode: 3, payload: '{}' }], 1002],
    ['of an unknown kind of control', [{ opcode: 11 }], 1002],
    ['a continuation of nothing', [{ opcode: continuation, payload: '{}' }], 1002],
    [
      'a text within a text',
      [
        { opcode: text, payload: '{', isFinal: false },
        { opcode: text, payload: '}' },
      ],
      1002,
    ],
    ['a ping in fragments', [{ opcode: ping, isFinal: false }], 1002],
    ['a ping of 126 bytes', [{ opcode: ping, payload: 'x'.repeat(126) }], 1002],
    ['a close code that is none', [{ opcode: close, payload: Buffer.from([0x03, 0xed]) }], 1002],
    ['a close reason that is not UTF-8', [{ opcode: close, payload: Buffer.from([0x03, 0xe8, 0xff]) }], 1007],
    ['binary', [{ opcode: binary, payload: '{}' }], 1003],
    ['text that is not UTF-8', [{ opcode: text, payload: notUtf8 }], 1007],
    ['longer than any event, by what the frame says', [{ opcode: text, length: 2n * 1024n * 1024n }], 1009],
    ['longer than can be counted', [{ opcode: text, length: 2n ** 60n }], 1009],
    [
      'longer than any event, in fragments',
      [
        { opcode: text, payload: 'x'.repeat(1_000_000), isFinal: false },
        { opcode: continuation, payload: 'x'.repeat(1_000_000) },
      ],
      1009,
    ],
  ]
  for (const [fact, frames, code] of wrong) {
    test(`${fact}: the connection is closed with ${code}`, async (t) => {
      const raw = await RawWebSocket.open(t, gateway, token)

      raw.write(...frames)
      await pollUntil(() => raw.closeCode !== undefined)
      raw.write({ opcode: close, payload: Buffer.from([0x03, 0xe8]) })
      await pollUntil(() => raw.isClosed)

      assert.equal(raw.closeCode, code)
      assert.deepEqual(raw.texts, [])
    })
  }

  test('a command in fragments, with a ping between and behind them, is answered, and so are the pings', async (t) => {
    const raw = await RawWebSocket.open(t, gateway, token)

    raw.write(
      { opcode: text, payload: '{"id":"a","pau', isFinal: false },
      { opcode: ping, payload: 'one' },
      { opcode: continuation, payload: '', isFinal: false },
      { opcode: continuation, payload: 'se":{"topics":["x"]}}' },
      { opcode: ping, payload: 'two' },
    )
    await pollUntil(() => raw.texts.length === 1 && raw.frames.filter(({ opcode }) => opcode === pong).length === 2)

    assert.equal(JSON.parse(raw.texts[0] ?? '').id, 'a')
    const pongs = raw.frames.filter(({ opcode }) => opcode === pong)
    assert.deepEqual(
      pongs.map(({ payload }) => payload.toString()),
      ['one', 'two'],
    )
  })

  test('a byte at a time is read as all at once', async (t) => {
    const raw = await RawWebSocket.open(t, gateway, token)
    raw.socket.setNoDelay(true)

    for (const byte of clientFrame({ opcode: text, payload: '{"id":1,"pause":{"topics":["x"]}}' })) {
      await new Promise((resolve) => raw.socket.write(Buffer.from([byte]), resolve))
    }

    await pollUntil(() => raw.texts.length === 1)
  })

  test('a close is answered with a close of the same code, and nothing comes after it', async (t) => {
    const raw = await RawWebSocket.open(t, gateway, token)

    raw.write({ opcode: close, payload: Buffer.from([0x0f, 0xa0]) }, { opcode: text, payload: '{"id":1}' })
    await pollUntil(() => raw.isClosed)

    assert.equal(raw.closeCode, 4000)
    assert.equal(raw.frames.at(-1)?.opcode, close)
    assert.deepEqual(raw.texts, [])
  })

  test('half a frame, and then nothing: the connection is cut when it answers no ping', async (t) => {
    const impatient = await gatewayFor(t, { env: { HEADGATE_STREAM_HEARTBEAT_MS: '200' } })
    const raw = await RawWebSocket.open(t, impatient, token)

    raw.socket.write(Buffer.from([0x81, 0xfe, 0x01]))
    await pollUntil(() => raw.isClosed, 5_000)

    const pings = raw.frames.filter(({ opcode }) => opcode === ping)
    assert.equal(pings.length, 2)
    assert.equal(raw.closeCode, undefined)
  })

  test('a client that answers pings is not cut, however long it says nothing else', async (t) => {
    const impatient = await gatewayFor(t, { env: { HEADGATE_STREAM_HEARTBEAT_MS: '200' } })
    const raw = await RawWebSocket.open(t, impatient, token)
    let answered = 0

    await pollUntil(() => {
      const pings = raw.frames.filter(({ opcode }) => opcode === ping).length
      for (; answered < pings; answered++) raw.write({ opcode: pong })
      return answered >= 8
    })

    assert.equal(raw.isClosed, false)
  })
})
