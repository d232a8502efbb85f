import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import {
  type EventState,
  eventTransitions,
  type LedgerInput,
  transition,
} from '../../../../src/subscriptions/ledger/event-states.ts'

const states = Object.keys(eventTransitions) as EventState[]
const inputs = Object.keys(eventTransitions.untaken) as LedgerInput[]

/** The rows of the table in docs/subscriptions.md, cells by their text. */
function documented(): Record<string, string[]> {
  const page = readFileSync(new URL('../../../../docs/subscriptions.md', import.meta.url), 'utf8')
  const [head = '', , ...rows] = page.slice(page.indexOf('|  | `untaken` |')).split('\n\n', 1)[0]?.split('\n') ?? []
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  assert.deepEqual(cells(head).slice(1), states)
  return Object.fromEntries(rows.map((row) => [cells(row)[0], cells(row).slice(1)]))
}

function cellOf(state: EventState, input: LedgerInput): string {
  const found = eventTransitions[state][input]
  if (!found) return '–'
  return found.answer ? `${found.to} (${found.answer})` : found.to
}

suite('the states of an event', () => {
  test('are those of docs/subscriptions.md, cell by cell', () => {
    const table = documented()

    assert.deepEqual(Object.keys(table), inputs)
    for (const input of inputs) {
      assert.deepEqual(
        table[input],
        states.map((state) => cellOf(state, input)),
        input,
      )
    }
  })

  test('what cannot happen is an error', () => {
    assert.throws(() => transition('available', 'take'), /an event that is available cannot take "take"/)
  })

  test('every state can be reached, from each one an event can become done, and a seek begins anew', () => {
    const reachedFrom = (start: EventState): Set<EventState> => {
      const reached = new Set([start])
      for (const state of reached) {
        for (const input of inputs) {
          const next = eventTransitions[state][input]?.to
          if (next && input !== 'seek') reached.add(next)
        }
      }
      return reached
    }

    assert.deepEqual([...reachedFrom('untaken')].sort(), states.toSorted())
    for (const state of states) {
      assert.ok(reachedFrom(state).has('done'), state)
      assert.equal(transition(state, 'seek').to, 'untaken')
    }
  })

  test('only an acknowledgement and the dead letters end an event that was taken', () => {
    for (const state of states) {
      for (const input of inputs) {
        if (state === 'untaken' || state === 'done' || eventTransitions[state][input]?.to !== 'done') continue
        assert.ok(input === 'acknowledge' || input === 'bury', `${state}, ${input}`)
      }
    }
  })

  test('a token is answered in every state', () => {
    for (const state of states) {
      for (const input of ['acknowledge', 'release', 'delay', 'withdraw', 'reject', 'renew'] as const) {
        assert.ok(transition(state, input).answer, `${state}, ${input}`)
      }
    }
  })
})
