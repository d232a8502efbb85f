import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import {
  type ReaderInput,
  type ReaderState,
  readerTransitions,
  stateAfter,
} from '../../../src/streams/reader-states.ts'

const states = Object.keys(readerTransitions) as ReaderState[]
const inputs = Object.keys(readerTransitions.reading) as ReaderInput[]

/** The rows of the table in docs/streams.md, cells by their text. */
function documented(): Record<string, string[]> {
  const page = readFileSync(new URL('../../../docs/streams.md', import.meta.url), 'utf8')
  const [head = '', , ...rows] = page.slice(page.indexOf('|  | `page` |')).split('\n\n', 1)[0]?.split('\n') ?? []
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  assert.deepEqual(cells(head).slice(1), inputs)
  return Object.fromEntries(rows.map((row) => [cells(row)[0], cells(row).slice(1)]))
}

suite('the states of a reader', () => {
  test('are those of docs/streams.md, cell by cell', () => {
    const table = documented()

    assert.deepEqual(Object.keys(table), states)
    for (const state of states) {
      assert.deepEqual(
        table[state],
        inputs.map((input) => readerTransitions[state][input] ?? '–'),
        state,
      )
    }
  })

  test('what cannot happen is an error', () => {
    assert.throws(() => stateAfter('live', 'page'), /a live reader cannot take "page"/)
  })

  test('every state can be reached, and from each one the connection may go', () => {
    const reached = new Set<ReaderState>(['reading'])
    for (const state of reached) {
      for (const input of inputs) {
        const next = readerTransitions[state][input]
        if (next) reached.add(next)
      }
      assert.equal(stateAfter(state, 'gone'), 'closed')
    }
    assert.deepEqual([...reached].sort(), states.toSorted())
  })
})
