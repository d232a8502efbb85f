import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SimulatedReaders } from '../../support/simulated-readers.ts'

suite('what Kafka has no more when the tail comes there', () => {
  test('is a gap for live readers, and they go on after it', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    await using readers = await SimulatedReaders.open(['a'], 100)
    const [replica] = readers.replicas
    readers.log.append('a', 0)
    replica?.tail.move(10)
    for (let i = 0; i < 5; i++) readers.log.append('a', 0)
    readers.log.deleteBefore('a', 0, 4)

    replica?.tail.move(10)
    t.mock.timers.tick(5_000)
    await readers.settle(() => readers.got['a/0']?.length === 3)

    assert.deepEqual(readers.gaps, [{ topic: 'a', partition: 0, from: 1, to: 4, reason: 'retention' }])
    assert.deepEqual(readers.got['a/0'], [0, 4, 5])
  })
})
