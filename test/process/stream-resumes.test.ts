import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { ResumingReader } from '../support/resuming-reader.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { issueToken } from '../support/tokens.ts'

const pieces = 1_000
const readers = 20
const partitions = 4

suite('readers that are cut again and again', () => {
  test(`${pieces} times, in all forms, across two replicas of which one is killed: what each got is exactly the topic`, async (t) => {
    const topic = await numberTopic(t, { partitions })
    const token = await issueToken(['publish', 'read'])
    const start = () => new GatewayProcess(gatewayEnvironment())
    const replicas = [start(), start()]
    t.after(() => Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]())))
    const urls = await Promise.all(replicas.map((replica) => replica.listening()))
    const api = new Api(urls[0] ?? '', token)
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    const random = new SeededRandom(20261121)

    let published = 0
    let isOver = false
    const publish = async () => {
      while (!isOver) {
        await publishNumbers(api, topic, published, 10, { partition: random.int(partitions) })
        published += 10
        await delay(20)
      }
    }
    let read = 0
    const killOne = async () => {
      await pollUntil(() => read > pieces / 2, 120_000)
      replicas[1]?.signal('SIGKILL')
      await replicas[1]?.exit
      const again = start()
      replicas[1] = again
      urls[1] = await again.listening()
    }
    const all = range(0, readers).map(() => new ResumingReader({ topic, token, urls: () => urls, random }))
    const readAll = all.map(async (reader) => {
      for (let piece = 0; piece < pieces / readers; piece++) {
        await reader.readPiece(t)
        read++
      }
    })
    const publishing = publish()
    await Promise.all([...readAll, killOne()])
    isOver = true
    await publishing
    for (const reader of all) await reader.readUntil(t, published)

    for (const { got } of all) {
      assert.deepEqual(
        got.map(({ n }) => n).sort((a, b) => a - b),
        range(0, published),
      )
      for (const partition of range(0, partitions)) {
        const offsets = got.filter((each) => each.partition === partition).map(({ offset }) => offset)
        assert.deepEqual(offsets, range(0, offsets.length))
      }
    }
    t.diagnostic(`${read} pieces, ${published} events, ${readers} readers`)
  })
})
