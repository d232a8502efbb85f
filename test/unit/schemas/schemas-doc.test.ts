import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { changeKinds } from '../../../src/schemas/evolution/change.ts'
import { levels } from '../../../src/schemas/evolution/level.ts'

const text = readFileSync(new URL('../../../docs/schemas.md', import.meta.url), 'utf8')
const rows = (section: string): string[] =>
  (text.split(`## ${section}\n`)[1] ?? '').split('\n## ')[0]?.match(/^\| `.*$/gm) ?? []

suite('docs/schemas.md', () => {
  test('has each kind of change, and no other', () => {
    const kinds = rows('Changes, and what they break').flatMap((row) => [
      ...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g),
    ])

    assert.deepEqual(kinds.map(([, kind]) => kind).sort(), [...changeKinds].sort())
  })

  test('has each level', () => {
    const named = rows('Levels').map((row) => /`…?([A-Z_]+)`/.exec(row)?.[1])

    for (const level of levels) {
      assert.ok(named.includes(level) || named.includes(level.replace(/^[A-Z]+(?=_TRANSITIVE)/, '')), level)
    }
  })
})
