import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Api } from '../support/api.ts'
import { gatewayEnvironment } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { sharedParts } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

const count = 200
const active = 10
/** As docs/subscriptions.md states them. */
const connectionsOfMember = 3
const mebibytesOfMember = 6
const mebibytesOfIdle = 150

/** Connections of the process to Kafka, and what it holds in memory. */
function usageOf(pid: number): { connections: number; mebibytes: number } {
  const port = Number(sharedParts().kafka.bootstrap.split(':').at(-1))
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const rows = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n').slice(1))
  const connections = rows.filter((row) => {
    const [, , remote = '', state, , , , , , inode = ''] = row.trim().split(/\s+/)
    return state === '01' && Number.parseInt(remote.split(':').at(-1) ?? '', 16) === port && sockets.has(inode)
  }).length
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { connections, mebibytes: Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024) }
}

suite('200 subscriptions on one replica', {
  skip: process.platform !== 'linux' && 'what a process holds is read from /proc',
}, () => {
  test('hold connections and memory of Kafka only while somebody receives from them', async (t) => {
    const gateway = new GatewayProcess({ ...gatewayEnvironment(), HEADGATE_SUBSCRIPTIONS_IDLE_MS: '3000' })
    t.after(() => gateway[Symbol.asyncDispose]())
    const api = new Api(await gateway.listening(), await issueToken(['publish', 'read', 'subscribe']))
    await pollUntil(async () => (await api.get('/readyz')).status === 200)
    const joined = async () =>
      Number(/^headgate_subscriptions_joined (\d+)$/m.exec((await api.get('/metrics')).text)?.[1])
    const topic = await numberTopic(t)
    await publishNumbers(api, topic, 0, 10)
    const subscriptions: TestSubscription[] = []
    for (const _tens of range(0, count / 10)) {
      subscriptions.push(
        ...(await Promise.all(range(0, 10).map(() => TestSubscription.create(api, { topics: [topic] })))),
      )
    }
    const before = usageOf(gateway.pid)

    const [, ...idle] = subscriptions.slice(active - 1)
    let most = 0
    for (let from = 0; from < idle.length; from += 10) {
      await Promise.all(
        idle.slice(from, from + 10).map(async (subscription) => {
          await subscription.settle('acknowledge', await subscription.receiveAll(10))
        }),
      )
      most = Math.max(most, await joined())
    }
    const busy = usageOf(gateway.pid)
    const joinedThen = await joined()
    let isOver = false
    const receiving = Promise.all(
      subscriptions.slice(0, active).map(async (subscription) => {
        while (!isOver) await subscription.receive({ wait: 1 })
      }),
    )
    const connectionsLeft = before.connections + active * connectionsOfMember
    const onlyTheActiveAreLeft = async () =>
      (await joined()) === active && usageOf(gateway.pid).connections <= connectionsLeft
    await pollUntil(onlyTheActiveAreLeft, 60_000).finally(() => {
      isOver = true
    })
    await receiving
    const after = usageOf(gateway.pid)

    t.diagnostic(
      `${count} created: ${JSON.stringify(before)}; ${joinedThen} joined: ${JSON.stringify(busy)}; ${active} joined: ${JSON.stringify(after)}`,
    )
    assert.ok(most >= active)
    assert.ok(after.connections <= connectionsLeft)
    assert.ok(busy.connections <= before.connections + (joinedThen + 10) * connectionsOfMember)
    assert.ok(busy.mebibytes <= before.mebibytes + most * mebibytesOfMember + mebibytesOfIdle)
    assert.ok(after.mebibytes <= before.mebibytes + active * mebibytesOfMember + mebibytesOfIdle)
  })
})
