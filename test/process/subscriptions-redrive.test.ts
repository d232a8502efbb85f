import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.ts'
import { gatewayEnvironment, gatewayFor } from '../support/gateway.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { createTopic } from '../support/kafka.ts'
import { pollUntil } from '../support/poll.ts'
import { numberTopic, publishNumbers, range } from '../support/reading.ts'
import { numbersIn, type ReceivedEvent, TestSubscription } from '../support/subscriptions.ts'
import { issueToken } from '../support/tokens.ts'

const letters = 200

suite('a replica that is killed while it redrives', () => {
  test('leaves each dead letter redriven once, whoever is asked next', async (t) => {
    const { api } = await gatewayFor(t)
    const topic = await numberTopic(t)
    const dead = await createTopic(t, { partitions: 3 })
    const subscription = await TestSubscription.create(api, { topics: [topic], deadLetterTopic: dead })
    const after: number[] = []
    for (const [round, killMs] of [20, 80, 160, 400].entries()) {
      const killed = new GatewayProcess(gatewayEnvironment())
      t.after(() => killed[Symbol.asyncDispose]())
      const other = new Api(await killed.listening(), await issueToken(['publish', 'read', 'subscribe']))
      await pollUntil(async () => (await other.get('/readyz')).status === 200)
      await publishNumbers(api, topic, round * letters, letters)
      await subscription.settle('reject', await subscription.receiveAll(letters, { max: 1000 }))

      const redriving = other.post(`${subscription.path}/redrive`, { max: letters }).catch(() => undefined)
      await delay(killMs)
      killed.signal('SIGKILL')
      await killed.exit
      await redriving
      const again = await api.post(`${subscription.path}/redrive`, { max: 1000 })
      assert.equal(again.status, 200, again.text)
      after.push(again.body.redriven)
      const events: ReceivedEvent[] = await subscription.receiveAll(letters, { max: 1000 })
      await subscription.settle('acknowledge', events)

      assert.deepEqual(
        numbersIn(events).toSorted((a, b) => a - b),
        range(round * letters, letters),
      )
      assert.deepEqual(await subscription.receive({ wait: 1 }), [])
    }
    t.diagnostic(`left to the next replica, of ${letters}: ${after.join(', ')}`)
    assert.ok(after.every((count) => count === 0 || count === letters))
  })
})
