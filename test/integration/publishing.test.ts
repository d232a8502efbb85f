import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { gatewayFor, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'

suite('POST /v1/topics/{topic}/events', () => {
  test('answers 201 with the place of the event, which can be read there', async (t) => {
    const { api } = await gatewayFor(t)
    const topic = await createTopic(t, { partitions: 3 })
    const id = await registerSchema(`${topic}-value`, orderSchema)

    const answer = await api.post(`/v1/topics/${topic}/events`, { id: 'o-1', amount: 19.9 }, { headers: { 'event-key': 'o-1' } })

    assert.equal(answer.status, 201, answer.text)
    assert.deepEqual(answer.body.schema, { subject: `${topic}-value`, version: 1, id })
    const read = await api.get(answer.headers.get('location') as string)
    assert.equal(read.status, 200, read.text)
    assert.deepEqual(read.body.value, { id: 'o-1', amount: '19.90', qty: 1, note: null })
    assert.equal(read.body.key, 'o-1')
    assert.deepEqual(read.body.schema, answer.body.schema)
    const page = await api.get(`/v1/topics/${topic}/events`)
    assert.deepEqual(page.body.events, [read.body])
    console.log(page.text)
  })
})
