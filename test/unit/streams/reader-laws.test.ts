import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { SimulatedReaders } from '../../support/simulated-readers.ts'

// Two replicas with tails of their own, one reader that moves between them. The bugs that are hunted: a record lost or repeated where a
// reader joins the tail, leaves it, falls behind a ring, is slow, is cut with messages under way, pauses a topic, or is at another
// place than the tail of the replica that it comes to.
const topics = ['a', 'b']
const topic = fc.constantFrom(...topics)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('append' as const),
      topic,
      partition: fc.nat(1),
      hole: fc.nat(2),
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('tail' as const),
      replica: fc.nat(1),
      records: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('read' as const) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('take' as const), takesMore: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('cut' as const), seen: fc.nat(10), replica: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('end' as const), replica: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('pause' as const), topic, isPaused: fc.boolean() }) },
)

const laws = (runs: number) => ({ numRuns: runs, ...(process.env.SEED && { seed: Number(process.env.SEED) }) })

suite('what a reader gets', () => {
  test('is each topic, whole and in order, each record once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(6),
        fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
        async (ringRecords, steps) => {
          await using readers = await SimulatedReaders.open(topics, ringRecords)
          for (const each of steps) {
            if (each.does === 'append')
              for (let i = 0; i < each.count; i++)
                readers.log.append(each.topic, each.partition, i === 0 ? each.hole : 0)
            else if (each.does === 'tail') readers.replicas[each.replica]?.tail.move(each.records)
            else if (each.does === 'take') readers.takes(each.takesMore)
            else if (each.does === 'cut') await readers.reconnect(each.seen, each.replica)
            else if (each.does === 'end') await readers.end(each.replica)
            else if (each.does === 'pause') readers.pause(each.topic, each.isPaused)
            else await delay(3)
          }
          await readers.settle()

          assert.deepEqual(readers.got, readers.stored())
        },
      ),
      laws(150),
    )
  })
})
