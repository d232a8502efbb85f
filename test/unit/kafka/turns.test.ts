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

  test('lets callers take turns, however many turns one of them waits for', async () => {
    const turns = new Turns(1, 100)
    const order: string[] = []
    await turns.take({ deadline: soon() })
    const wait = (caller: string, name: string) =>
      turns.take({ deadline: soon(), caller }).then(() => {
        order.push(name)
        turns.give()
      })
    const all = [wait('a', 'a1'), wait('a', 'a2'), wait('a', 'a3'), wait('b', 'b1'), wait('c', 'c1'), wait('b', 'b2')]

    turns.give()
    await Promise.all(all)

    assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    await turns.take({ deadline: soon() })
  })

  test('turns one caller away who would take the places of all others', async () => {
    const turns = new Turns(1, 12)
    await turns.take({ deadline: soon() })
    const abort = new AbortController()
    const wait = (caller: string) => turns.take({ deadline: soon(), caller, signal: abort.signal })
    const waiting = async (caller: string): Promise<number> => {
      const all = Array.from({ length: 12 }, () =>
        wait(caller).then(
          () => 'taken',
          ({ code }) => code,
        ),
      )
      const settled = await Promise.all(
        all.map((each) => Promise.race([each, new Promise((resolve) => setImmediate(resolve))])),
      )
      return settled.filter((code) => code === undefined).length
    }

    assert.deepEqual([await waiting('greedy'), await waiting('polite'), await waiting('greedy')], [6, 4, 0])
    abort.abort()
  })
})
