import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Change } from '../../../../src/schemas/evolution/change.ts'
import { type Direction, levels } from '../../../../src/schemas/evolution/level.ts'
import { isCompatible, judgeEvolution } from '../../../../src/schemas/evolution/verdict.ts'

/** A language in which a schema is the names of what it breaks, since any version that is lower. */
type Toy = { since: number; breaks: Direction[] }

const change = (breaks: readonly Direction[]): Change => ({
  kind: 'type-changed',
  path: 'a',
  pointer: '/fields/0',
  message: 'It changed.',
  breaks: breaks.map((direction) => ({ direction, why: `It breaks ${direction}.`, fix: 'Keep it.' })),
})
const compare = (older: Toy, newer: Toy) => (older.since < newer.since ? [change(newer.breaks)] : [])
const versions = [1, 2, 3].map((version) => ({ version, schema: { since: version, breaks: [] } }))
const verdicts = (candidate: Toy, earlier = versions) =>
  judgeEvolution(compare, candidate, earlier)
    .levels.filter(({ compatible }) => !compatible)
    .map(({ level, broken }) => `${level} ${broken.join()}`)

suite('the verdict of a level', () => {
  const table: [what: string, candidate: Toy, expected: string[]][] = [
    ['nothing breaks', { since: 4, breaks: [] }, []],
    [
      'all versions are broken backward',
      { since: 4, breaks: ['backward'] },
      ['BACKWARD 3', 'BACKWARD_TRANSITIVE 3,2,1', 'FULL 3', 'FULL_TRANSITIVE 3,2,1'],
    ],
    [
      'all versions are broken forward',
      { since: 4, breaks: ['forward'] },
      ['FORWARD 3', 'FORWARD_TRANSITIVE 3,2,1', 'FULL 3', 'FULL_TRANSITIVE 3,2,1'],
    ],
    [
      'an early version is broken backward',
      { since: 2, breaks: ['backward'] },
      ['BACKWARD_TRANSITIVE 1', 'FULL_TRANSITIVE 1'],
    ],
    [
      'early versions are broken both ways',
      { since: 3, breaks: ['backward', 'forward'] },
      ['BACKWARD_TRANSITIVE 2,1', 'FORWARD_TRANSITIVE 2,1', 'FULL_TRANSITIVE 2,1'],
    ],
  ]
  for (const [what, candidate, expected] of table) {
    test(`is as Confluent has it where ${what}`, () => {
      assert.deepEqual(verdicts(candidate), expected)
      const broken = new Set(expected.map((text) => text.split(' ')[0]))
      for (const level of levels)
        assert.equal(isCompatible(compare, level, candidate, versions), !broken.has(level), level)
    })
  }

  test('lets everything pass where there is no earlier version', () => {
    assert.deepEqual(verdicts({ since: 4, breaks: ['backward', 'forward'] }, []), [])
  })
})

suite('the changes of a verdict', () => {
  const since = (candidate: Toy) => judgeEvolution(compare, candidate, versions).changes

  test('are told once for all the versions, with the levels that do not allow them', () => {
    const [only, ...further] = since({ since: 4, breaks: ['backward'] })

    assert.deepEqual(further, [])
    assert.deepEqual(only?.versions, [3, 2, 1])
    assert.deepEqual(only?.breaks, [
      {
        direction: 'backward',
        why: 'It breaks backward.',
        fix: 'Keep it.',
        versions: [3, 2, 1],
        levels: ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'],
      },
    ])
  })

  test('since versions before the latest are told only where they break something', () => {
    assert.deepEqual(since({ since: 2, breaks: [] }), [])
    assert.deepEqual(since({ since: 2, breaks: ['forward'] })[0]?.breaks[0]?.levels, [
      'FORWARD_TRANSITIVE',
      'FULL_TRANSITIVE',
    ])
    assert.deepEqual(since({ since: 4, breaks: [] })[0]?.versions, [3])
  })
})
