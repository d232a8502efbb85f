import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { suite, test } from 'node:test'
import { gatewayFor } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { nextOffsets } from '../support/offsets.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const connections = 300
const rounds = 3
const tasks = '/proc/self/task'

/** Native clients have threads, which Linux counts for us; elsewhere the metric has to do. */
const threads = (): number => (existsSync(tasks) ? readdirSync(tasks).length : 0)

suite('300 keep-alive connections', () => {
  test('that publish share one producer', async (t) => {
    const { api, url } = await gatewayFor(t)
    const topic = await createTopic(t)
    await registerSchema(`${topic}-value`, 'string')
    const path = `/v1/topics/${topic}/events`
    const token = await issueToken(['publish'])
    const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
    t.after(() => agent.destroy())
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const publish = async (): Promise<number | undefined> => {
      const sent = request(`${url}${path}`, { agent, headers, method: 'POST' }).end('"a"')
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
      return answer.statusCode
    }
    assert.equal(await publish(), 201)
    const before = threads()

    for (let round = 0; round < rounds; round++) {
      const statuses = await Promise.all(Array.from({ length: connections }, publish))
      assert.deepEqual(new Set(statuses), new Set([201]))
    }

    const open = Object.values(agent.freeSockets).flat().length
    assert.equal(open, connections)
    assert.match((await api.get('/metrics')).text, /^headgate_kafka_producers 1$/m)
    assert.ok(threads() - before < 10, `${threads() - before} more threads`)
    assert.deepEqual(await nextOffsets(api, topic), [1 + rounds * connections])
  })
})
