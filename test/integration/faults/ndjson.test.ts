import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ensureTopic } from '../../../local/kafka.ts'
import { Api } from '../../support/api.ts'
import { gatewayEnvironment, uniqueName } from '../../support/gateway.ts'
import { GatewayProcess } from '../../support/gateway-process.ts'
import { MemoryWatch } from '../../support/memory-watch.ts'
import { startOwnKafka } from '../../support/parts.ts'
import { pollUntil } from '../../support/poll.ts'
import { numberSchema, range } from '../../support/reading.ts'
import { registerSchema } from '../../support/schemas.ts'
import { storedNumbers } from '../../support/stored-numbers.ts'
import { LineStream, linesOf, withoutProgress } from '../../support/stream-lines.ts'
import { issueToken } from '../../support/tokens.ts'

const deadlineMs = 4_000
const piece = 2_000

/** Writes numbered lines for as long as they are taken, one piece after the other. */
function sendNumbers(stream: LineStream) {
  const state = { taken: 0, isOver: false }
  const sendOn = (): void => {
    if (state.isOver || stream.request.destroyed) stream.request.end()
    else {
      stream.request.write(linesOf(state.taken, piece), () => {
        state.taken += piece
        sendOn()
      })
    }
  }
  sendOn()
  return state
}

suite('Kafka hangs in the middle of lines', () => {
  test('they wait in the socket; it goes on where Kafka is back in time, and ends where it is not; all that is said is true', async (t) => {
    await using kafka = await startOwnKafka()
    const topics = [uniqueName('back'), uniqueName('late')] as const
    for (const topic of topics) {
      await ensureTopic(kafka.bootstrap, { topic, partitions: 1 })
      await registerSchema(`${topic}-value`, numberSchema)
    }
    await using gateway = new GatewayProcess({
      ...gatewayEnvironment(),
      HEADGATE_KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrap,
      HEADGATE_PUBLISH_DEADLINE_MS: String(deadlineMs),
    })
    const token = await issueToken(['publish', 'read'])
    const api = new Api(await gateway.listening(), token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    await using memory = await MemoryWatch.start(api)
    const query = { token, query: '?outcomes=all' }
    const [back, late] = topics.map((topic) => new LineStream(api.url, topic, query)) as [LineStream, LineStream]
    const sending = sendNumbers(back)
    await back.answered((lines) => lines.length > 20_000)

    // Shorter than the deadline: nothing is unknown.
    kafka.part.pause()
    await pollUntil(async () => (await settled(() => back.lines.length)) && (await settled(() => sending.taken)))
    const waiting = sending.taken - withoutProgress(back.lines).length
    kafka.part.resume()
    const before = back.lines.length
    await back.answered((lines) => lines.length > before + 5_000)
    sending.isOver = true
    const told = withoutProgress(await back.rest())

    t.diagnostic(`${waiting} lines waited in sockets and in the gateway, of ${sending.taken}`)
    const summary = told.at(-1)?.summary
    assert.equal(summary?.read, sending.taken)
    assert.deepEqual(
      told.slice(0, -1).map(({ line }) => line),
      range(1, sending.taken),
    )
    const unknown = told.filter(({ outcome }) => outcome === 'unknown').length
    assert.equal(summary?.published, sending.taken - unknown)
    // Without backpressure all would be taken that can be sent: what sockets hold is some 10 MiB at most.
    assert.ok(waiting > 10_000 && waiting < 600_000, String(waiting))
    assert.deepEqual(await storedNumbers(topics[0], { bootstrap: kafka.bootstrap }), range(0, sending.taken))

    const lateSending = sendNumbers(late)
    await late.answered((lines) => lines.length > 5_000)
    kafka.part.pause()
    await late.answered((lines) => lines.some(({ ended }) => ended))
    kafka.part.resume()
    lateSending.isOver = true
    const lateTold = withoutProgress(await late.rest())

    const ended = lateTold.at(-1)?.ended
    const outcomes = lateTold.slice(0, -1)
    assert.equal(ended?.code, 'kafka-unavailable')
    assert.equal(ended?.lastLine, outcomes.length)
    assert.deepEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(['published', 'unknown']))
    await pollUntil(async () => /^headgate_events_in_flight 0$/m.test((await api.get('/metrics')).text))
    const stored = await storedNumbers(topics[1], { bootstrap: kafka.bootstrap })
    const times = new Map<number, number>()
    for (const n of stored) times.set(n, (times.get(n) ?? 0) + 1)
    const untrue = outcomes.filter(({ line = 0, outcome }) => {
      const found = times.get(line - 1) ?? 0
      return outcome === 'published' ? found !== 1 : found > 1
    })
    assert.deepEqual(untrue, [])
    assert.ok(stored.every((n) => n < outcomes.length))
    t.diagnostic(`grown by ${memory.grownMiB} MiB`)
    assert.ok(memory.grownMiB < 250, `${memory.grownMiB} MiB`)
  })
})

/** Whether a number stays as it is for half a second. */
async function settled(read: () => number): Promise<boolean> {
  const before = read()
  await new Promise((resolve) => setTimeout(resolve, 500))
  return read() === before
}
