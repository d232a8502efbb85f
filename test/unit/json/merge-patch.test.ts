import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { differences } from '../../../src/json/differences.ts'
import type { JsonValue } from '../../../src/json/json-value.ts'
import { mergePatch } from '../../../src/json/merge-patch.ts'

suite('a JSON Merge Patch', () => {
  // RFC 7396, appendix A.
  const cases: [target: JsonValue, patch: JsonValue, result: JsonValue][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of cases) {
    test(`of ${JSON.stringify(patch)} makes ${JSON.stringify(result)} of ${JSON.stringify(target)}`, () => {
      const before = structuredClone(target)

      assert.deepEqual(mergePatch(target, patch), result)
      assert.deepEqual(target, before)
    })
  }

  test('takes `__proto__` for a name like any other', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'))

    assert.equal(Object.hasOwn(merged as object, '__proto__'), true)
    assert.equal(({} as { polluted?: true }).polluted, undefined)
  })
})

suite('the differences of two values', () => {
  const cases: [one: JsonValue, other: JsonValue, pointers: string[]][] = [
    [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, []],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3, d: 4 } }, ['/a/c', '/a/d']],
    [{ a: [1] }, { a: [1, 2] }, ['/a']],
    [{ 'a/b': 1 }, { 'm~n': 1 }, ['/a~1b', '/m~0n']],
    [null, { a: 1 }, ['']],
    [{ a: null }, {}, ['/a']],
  ]
  for (const [one, other, pointers] of cases) {
    test(`of ${JSON.stringify(one)} and ${JSON.stringify(other)} are at ${JSON.stringify(pointers)}`, () => {
      assert.deepEqual(
        differences(one, other).map(({ pointer }) => pointer),
        pointers,
      )
    })
  }
})
