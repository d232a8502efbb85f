import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { suite, type TestContext, test } from 'node:test'
import { UnreadAnswers } from '../../../src/listening/unread-answers.ts'

interface Connection {
  writableLength: number
  isCut: boolean
  answers: Set<{ writableEnded: boolean }>
}

function watched(t: TestContext, http = { answerTimeoutMs: 3_000, unreadBytes: 1_000_000 }) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const open = new Set<Connection>()
  const cuts: string[] = []
  const parts = {
    connections: { speaking: open as unknown as ReadonlySet<Socket> },
    answers: { of: (socket: Socket) => (socket as unknown as Connection).answers as unknown as Set<ServerResponse> },
    meter: { cut: (reason: string) => void cuts.push(reason) },
    http,
  }
  const watch = new UnreadAnswers(parts)
  t.after(() => watch[Symbol.dispose]())
  const connect = (bytes: number, writableEnded = true): Connection => {
    const connection = {
      writableLength: bytes,
      isCut: false,
      answers: new Set([{ writableEnded }]),
      resetAndDestroy() {
        connection.isCut = true
        open.delete(connection)
      },
    }
    open.add(connection)
    return connection
  }
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) t.mock.timers.tick(1_000)
  }
  return { connect, pass, cuts }
}

suite('answers that are not read', () => {
  test('are cut after the time for them, and a second more for each 32 KB', (t) => {
    const { connect, pass, cuts } = watched(t)
    const small = connect(100)
    const large = connect(96_000)
    pass(3)
    assert.deepEqual([small.isCut, large.isCut], [false, false])

    pass(2)
    assert.deepEqual([small.isCut, large.isCut], [true, false])
    pass(2)
    assert.equal(large.isCut, true)
    assert.deepEqual(cuts, ['answer-unread', 'answer-unread'])
  })

  test('have their time anew, each of those on one connection', (t) => {
    const { connect, pass } = watched(t)
    const connection = connect(100)
    pass(3)

    connection.answers = new Set([{ writableEnded: true }])
    pass(3)
    assert.equal(connection.isCut, false)
    connection.writableLength = 0
    pass(1)
    connection.writableLength = 100
    pass(3)
    assert.equal(connection.isCut, false)
  })

  test('are left alone where they go on, or where nothing is under way', (t) => {
    const { connect, pass, cuts } = watched(t)
    connect(100, false)
    connect(100).answers = new Set()
    connect(0)

    pass(60)

    assert.deepEqual(cuts, [])
  })

  test('are cut before their time where all together are too much, the oldest first, and none that has just begun', (t) => {
    const { connect, pass } = watched(t, { answerTimeoutMs: 60_000, unreadBytes: 1_000 })
    const [first, second] = [connect(400), connect(400)]
    pass(1)
    const third = connect(400)
    const huge = connect(5_000)
    pass(1)
    assert.deepEqual(
      [first, second, third, huge].map(({ isCut }) => isCut),
      [true, true, false, false],
    )

    pass(1)
    assert.deepEqual(
      [third, huge].map(({ isCut }) => isCut),
      [true, true],
    )
  })

  test('that are within the limit together are left alone', (t) => {
    const { connect, pass, cuts } = watched(t, { answerTimeoutMs: 60_000, unreadBytes: 1_000 })
    for (let n = 0; n < 10; n++) connect(100)

    pass(30)

    assert.deepEqual(cuts, [])
  })
})
