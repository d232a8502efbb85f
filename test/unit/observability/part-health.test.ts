import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PartHealth, together } from '../../../src/observability/part-health.ts'

function start() {
  const clock = { now: 0 }
  const [one, other] = [0, 1].map(() => new PartHealth('issuer', undefined, () => clock.now)) as [
    PartHealth,
    PartHealth,
  ]
  return { clock, one, other, both: together('issuer', [one, other]) }
}

suite('several of one kind as one part', () => {
  test('are up once all of them are', () => {
    const { one, other, both } = start()

    one.up()
    assert.deepEqual([both.current.state, both.wasUp], ['starting', false])
    other.up()

    assert.deepEqual([both.current.state, both.wasUp], ['up', true])
  })

  test('are down while any is, since the first, with the cause of each', () => {
    const { clock, one, other, both } = start()
    one.up()
    other.up()

    clock.now = 1_000
    one.down('one is away')
    clock.now = 2_000
    other.down('the other is away')
    assert.deepEqual(both.current, {
      state: 'down',
      since: '1970-01-01T00:00:01.000Z',
      cause: 'one is away; the other is away',
    })
    one.up()

    assert.deepEqual(both.current, { state: 'down', since: '1970-01-01T00:00:02.000Z', cause: 'the other is away' })
  })

  test('of which there is one are that one', () => {
    const { one } = start()
    one.down('it is away')

    assert.deepEqual(together('issuer', [one]).current, one.current)
  })
})
