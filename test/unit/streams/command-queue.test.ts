import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CommandQueue } from '../../../src/streams/command-queue.ts'
import { pollUntil } from '../../support/poll.ts'

function room(most = 3) {
  const begun: number[] = []
  const told: boolean[] = []
  const open: (() => void)[] = []
  const queue = new CommandQueue<number>({
    handle(command) {
      begun.push(command)
      return new Promise((resolve) => open.push(resolve))
    },
    most,
    onFull: (isFull) => told.push(isFull),
  })
  const settleNext = async () => {
    const before = begun.length
    open.shift()?.()
    await pollUntil(() => begun.length > before || open.length === 0)
  }
  return { begun, told, queue, settleNext }
}

suite('CommandQueue', () => {
  test('handles commands one after another, in their order', async () => {
    const { begun, queue, settleNext } = room(10)
    for (const command of [1, 2, 3]) queue.push(command)

    assert.deepEqual(begun, [1])
    await settleNext()
    assert.deepEqual(begun, [1, 2])
    await settleNext()
    await settleNext()
    queue.push(4)
    assert.deepEqual(begun, [1, 2, 3, 4])
  })

  test('says when so many wait, and when none does any more', async () => {
    const { told, queue, settleNext } = room(2)
    queue.push(1)
    queue.push(2)
    assert.deepEqual(told, [])
    queue.push(3)
    queue.push(4)
    assert.deepEqual(told, [true])

    await settleNext()
    await settleNext()
    assert.deepEqual(told, [true])
    await settleNext()
    await settleNext()

    assert.deepEqual(told, [true, false])
  })

  test('closed, it forgets what waits, takes no more, and is full no more', async () => {
    const { begun, told, queue, settleNext } = room(2)
    for (const command of [1, 2, 3]) queue.push(command)

    queue.close()
    queue.push(4)
    await settleNext()

    assert.deepEqual(begun, [1])
    assert.deepEqual(told, [true, false])
  })
})
