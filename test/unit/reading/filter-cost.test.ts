import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { JsonValue } from '../../../src/json/json-value.ts'
import type { Event } from '../../../src/reading/event.ts'
import { parseFilter } from '../../../src/reading/event-filter.ts'

const eventOf = (value: JsonValue): Event => ({
  topic: 't',
  partition: 0,
  offset: 0,
  timestamp: null,
  key: 'k'.repeat(1_000_000),
  headers: {},
  value,
  schema: null,
})

// Quadratic work on these would take minutes.
const items = Array.from({ length: 200_000 }, (_, n) => ({ n, sku: `sku-${n}`, words: ['a', 'b'] }))
const long = 'a'.repeat(1_000_000)
const large = eventOf({
  items,
  long,
  longer: `${long}b`,
  rows: Array.from({ length: 1_000 }, () => Array(200).fill(1)),
})
const mostMs = 2_000

const linear = [
  'value.items.exists(item, item.missing > 3)',
  'value.items.all(item, item.sku != key && item.n != value.long && item.words != value.items)',
  'value.items.exists(item, item.words.exists(word, word == value.long || word.contains("zz")))',
  'value.items.exists(item, item.words == value.rows[0])',
  'value.rows.exists(row, row.exists(cell, cell == 2) || row == value.items)',
  'value.items.all(x, x.n >= 0) && value.items.all(y, y.n >= 0) && value.items.all(z, z.n >= 0)',
  'value.items.exists(value, value.n == 200000)',
  `value.long.contains("b${'a'.repeat(249)}") || value.long.contains("${'a'.repeat(125)}b${'a'.repeat(124)}")`,
  `key.contains("${'k'.repeat(249)}x")`,
  'value.long.lowerAscii().upperAscii().lowerAscii() == value.longer',
  'double(value.long) > 1 || int(value.long) > 1 || timestamp(value.long) > timestamp(0)',
  'size(value.long) == 1 || size(value.items) == 1',
  `1.5 in value.items || ${Array(12).fill('"x" in value.rows').join(' || ')}`,
]

const refused = [
  'value.items.exists(item, item.n in value.items)',
  'value.items.exists(item, value.long.contains("b"))',
  'value.items.exists(item, size(value.long) == item.n)',
  'value.items.exists(item, value.items.exists(other, other.n == item.n))',
  'value.items.exists(item, item.words.exists(word, item.words.exists(other, other == word)))',
  'value.items.exists(item, value.items == value.items)',
  'value.items.exists(item, (item.n == 1 ? value.long : key).startsWith("k"))',
  'value.items.exists(item, [value.items].exists(x, true))',
  'value.items.exists(item, value.?rows.orValue([]).exists(x, true))',
  '[value, value, value].exists(a, a.n == 1)',
  'value.?none.orValue([value, value]).exists(a, a.n == 1)',
  '(true ? value.items : value.rows).exists(a, a.n == 1)',
  'value.long.contains(value.longer)',
  `value.long.contains("${'a'.repeat(251)}")`,
  'value.long + value.long == ""',
  'value.items.map(item, item.sku).join() == ""',
]

suite('evaluating a filter', () => {
  for (const text of linear) {
    test(`takes time in proportion to the event: ${text.slice(0, 90)}`, () => {
      const filter = parseFilter(text)
      const startedAt = performance.now()

      const matches = filter.matches(large)

      const ms = performance.now() - startedAt
      assert.equal(matches, text.includes('.all('))
      assert.ok(ms < mostMs, `${Math.round(ms)} ms`)
    })
  }
  for (const text of refused) {
    test(`that would take longer is refused: ${text.slice(0, 90)}`, () => {
      assert.throws(() => parseFilter(text), { code: 'invalid-parameter' })
    })
  }
})
