import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { type RefusalState, RefusalStates } from '../../../src/refusals/refusal-states.ts'

type Step =
  | { does: 'refuse' }
  | { does: 'mark'; back: number; state: 'replayed' | 'discarded' }
  | { does: 'trim'; to: number }

const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('refuse' as const) }),
    fc.record({
      does: fc.constant('mark' as const),
      back: fc.nat(20),
      state: fc.constantFrom('replayed' as const, 'discarded' as const),
    }),
    fc.record({ does: fc.constant('trim' as const), to: fc.nat(30) }),
  ),
  { maxLength: 60 },
)

suite('RefusalStates', () => {
  test('has of each refusal what the first mark after it says, from wherever the log begins', () => {
    fc.assert(
      fc.property(fc.nat(2_000), steps, (first, taken: Step[]) => {
        const states = new RefusalStates(first)
        const model = new Map<number, RefusalState>()
        let next = first
        for (const step of taken) {
          if (step.does === 'refuse') {
            states.refused(next)
            model.set(next++, 'open')
          } else if (step.does === 'mark') {
            const of = next - step.back
            states.marked(of, step.state)
            if (model.get(of) === 'open') model.set(of, step.state)
            states.readTo(++next)
          } else {
            const to = Math.min(first + step.to, next)
            states.trim(to)
            for (const offset of model.keys()) if (offset < to) model.delete(offset)
          }
        }

        for (let offset = first - 5; offset < next + 5; offset++) assert.equal(states.of(offset), model.get(offset))
        const open = [...model].filter(([, state]) => state === 'open').map(([offset]) => offset)
        assert.equal(states.open, open.length)
        assert.equal(states.firstOpen(0), open[0])
        assert.equal(states.next, next)
      }),
    )
  })

  test('goes on behind what retention has taken beyond what was read', () => {
    const states = new RefusalStates(0)
    states.refused(0)

    states.trim(5_000)
    states.refused(5_001)

    assert.deepEqual([states.first, states.open, states.of(0), states.of(5_001)], [5_000, 1, undefined, 'open'])
  })
})
