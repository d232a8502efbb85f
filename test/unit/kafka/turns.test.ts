import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Turns } from '../../../src/kafka/turns.ts'

const soon = () => Date.now() + 5_000

suite('Turns', () => {
  test('lets in so many, and the others in the order in which they came', async () => {
    const turns = new Turns(2, 10)
    const order: number[] = []
    await turns.take({ deadline: soon() })
    await turns.take({ deadline: soon() })
    const waiting = [1, 2, 3].map((i) => turns.take({ deadline: soon() }).then(() => order.push(i)))

    assert.deepEqual(order, [])
    for (const each of waiting) {
      turns.give()
      await each
    }

    assert.deepEqual(order, [1, 2, 3])
  })

  test('turns away whom it has no place for, who waited too long, and who went', async () => {
    const turns = new Turns(1, 1)
    await turns.take({ deadline: soon() })
    const abort = new AbortController()
    const gone = turns.take({ deadline: soon(), signal: abort.signal })

    await assert.rejects(turns.take({ deadline: soon() }), { code: 'gateway-full' })
    abort.abort(new Error('went'))
    await assert.rejects(gone, { message: 'went' })
    await assert.rejects(turns.take({ deadline: Date.now() + 20 }), { code: 'gateway-full' })
    turns.give()

    await turns.take({ deadline: soon() })
  })
})
