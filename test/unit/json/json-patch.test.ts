import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { applyPatch, PatchFault, type PatchOperation } from '../../../src/json/json-patch.ts'
import type { JsonValue } from '../../../src/json/json-value.ts'
import { parseJson } from '../../../src/json/parse-json.ts'

const limits = { depth: 20, size: 1_000 }
const json = (text: string): JsonValue => parseJson(Buffer.from(text), 100)

/** The document, the patch, and what comes out; undefined where it cannot be done. */
type Case = [fact: string, document: string, patch: string, result: string | undefined]

const cases: Case[] = [
  ['adds a member', '{"a":1}', '[{"op":"add","path":"/b","value":2}]', '{"a":1,"b":2}'],
  ['adds null', '{}', '[{"op":"add","path":"/b","value":null}]', '{"b":null}'],
  ['adds a member in the place of one that is there', '{"a":1}', '[{"op":"add","path":"/a","value":[]}]', '{"a":[]}'],
  ['adds a member without a name', '{}', '[{"op":"add","path":"/","value":1}]', '{"":1}'],
  ['adds the whole', '{"a":1}', '[{"op":"add","path":"","value":[1]}]', '[1]'],
  ['inserts an item', '[1,3]', '[{"op":"add","path":"/1","value":2}]', '[1,2,3]'],
  ['inserts an item before the first', '[1]', '[{"op":"add","path":"/0","value":0}]', '[0,1]'],
  ['inserts an item after the last', '[1]', '[{"op":"add","path":"/1","value":2}]', '[1,2]'],
  ['inserts an item at `-`', '[1]', '[{"op":"add","path":"/-","value":[2]}]', '[1,[2]]'],
  ['does not insert beyond the end', '[1]', '[{"op":"add","path":"/2","value":2}]', undefined],
  ['does not insert before the beginning', '[1]', '[{"op":"add","path":"/-1","value":2}]', undefined],
  ['does not insert at a number with a zero before it', '[1]', '[{"op":"add","path":"/01","value":2}]', undefined],
  ['does not insert at an exponent', '[1]', '[{"op":"add","path":"/1e0","value":2}]', undefined],
  ['does not insert at a name', '[1]', '[{"op":"add","path":"/bar","value":2}]', undefined],
  ['does not insert at nothing', '[1]', '[{"op":"add","path":"/","value":2}]', undefined],
  ['does not add below what is not there', '{"q":{}}', '[{"op":"add","path":"/a/b","value":1}]', undefined],
  ['does not add below a text', '{"q":"x"}', '[{"op":"add","path":"/q/0","value":1}]', undefined],
  [
    'does not add below a number of many digits',
    '{"q":9007199254740993}',
    '[{"op":"add","path":"/q/text","value":1}]',
    undefined,
  ],
  ['adds deep inside', '{"a":[{"b":{}}]}', '[{"op":"add","path":"/a/0/b/c","value":1}]', '{"a":[{"b":{"c":1}}]}'],
  ['removes a member', '{"a":1,"b":2}', '[{"op":"remove","path":"/a"}]', '{"b":2}'],
  ['removes an item', '[1,2,3]', '[{"op":"remove","path":"/1"}]', '[1,3]'],
  ['does not remove what is not there', '{"a":1}', '[{"op":"remove","path":"/b"}]', undefined],
  ['does not remove beyond the end', '[1]', '[{"op":"remove","path":"/1"}]', undefined],
  ['does not remove at `-`', '[1]', '[{"op":"remove","path":"/-"}]', undefined],
  ['does not remove at an exponent', '[1,2]', '[{"op":"remove","path":"/1e0"}]', undefined],
  ['does not remove the whole', '{}', '[{"op":"remove","path":""}]', undefined],
  ['replaces a member', '{"a":1}', '[{"op":"replace","path":"/a","value":{"b":2}}]', '{"a":{"b":2}}'],
  ['replaces an item', '[1,2]', '[{"op":"replace","path":"/0","value":"x"}]', '["x",2]'],
  ['replaces the whole', '[1]', '[{"op":"replace","path":"","value":null}]', 'null'],
  ['does not replace what is not there', '{"a":1}', '[{"op":"replace","path":"/b","value":1}]', undefined],
  ['does not replace an inherited member', '{}', '[{"op":"replace","path":"/toString","value":1}]', undefined],
  ['moves a member', '{"a":1,"b":{}}', '[{"op":"move","from":"/a","path":"/b/c"}]', '{"b":{"c":1}}'],
  ['moves an item back', '[1,2,3]', '[{"op":"move","from":"/0","path":"/2"}]', '[2,3,1]'],
  ['moves an item to the end', '[1,2,3]', '[{"op":"move","from":"/0","path":"/-"}]', '[2,3,1]'],
  ['moves to where it is', '{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'],
  ['does not move into itself', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":"/a/b"}]', undefined],
  ['does not move the whole into itself', '{"a":1}', '[{"op":"move","from":"","path":"/a"}]', undefined],
  ['moves to a name that begins alike', '{"a":1}', '[{"op":"move","from":"/a","path":"/ab"}]', '{"ab":1}'],
  ['does not move what is not there', '{}', '[{"op":"move","from":"/a","path":"/b"}]', undefined],
  [
    'copies',
    '{"a":[1]}',
    '[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/-","value":2}]',
    '{"a":[1],"b":[1,2]}',
  ],
  ['copies into itself', '{"a":{}}', '[{"op":"copy","from":"/a","path":"/a/b"}]', '{"a":{"b":{}}}'],
  ['does not copy what is not there', '{}', '[{"op":"copy","from":"/a","path":"/b"}]', undefined],
  [
    'goes on after a test that holds',
    '{"a":"x"}',
    '[{"op":"test","path":"/a","value":"x"},{"op":"remove","path":"/a"}]',
    '{}',
  ],
  [
    'ends at a test that does not hold',
    '{"a":"x"}',
    '[{"op":"remove","path":"/a"},{"op":"test","path":"","value":1}]',
    undefined,
  ],
  [
    'tests objects without regard to order',
    '{"a":{"b":1,"c":[2]}}',
    '[{"op":"test","path":"/a","value":{"c":[2],"b":1}}]',
    '{"a":{"b":1,"c":[2]}}',
  ],
  ['tests arrays with regard to order', '[1,2]', '[{"op":"test","path":"","value":[2,1]}]', undefined],
  ['tests null', '{"a":null}', '[{"op":"test","path":"/a","value":null}]', '{"a":null}'],
  ['takes no text for a number', '{"a":10}', '[{"op":"test","path":"/a","value":"10"}]', undefined],
  ['takes no false for null', '{"a":false}', '[{"op":"test","path":"/a","value":null}]', undefined],
  ['takes no empty object for an empty array', '{"a":[]}', '[{"op":"test","path":"/a","value":{}}]', undefined],
  [
    'takes one way to write a number for another',
    '{"a":1.0}',
    '[{"op":"test","path":"/a","value":10e-1}]',
    '{"a":1.0}',
  ],
  ['takes one zero for the other', '{"a":-0.0}', '[{"op":"test","path":"/a","value":0}]', '{"a":-0.0}'],
  [
    'takes no number for its neighbour beyond 2^53',
    '{"a":9007199254740993}',
    '[{"op":"test","path":"/a","value":9007199254740992}]',
    undefined,
  ],
  [
    'takes a number for itself beyond 2^53',
    '{"a":9007199254740993}',
    '[{"op":"test","path":"/a","value":9007199254740993.0}]',
    '{"a":9007199254740993}',
  ],
  [
    'moves a number with all its digits',
    '{"a":9223372036854775807}',
    '[{"op":"move","from":"/a","path":"/b"}]',
    '{"b":9223372036854775807}',
  ],
  [
    'adds a number with all its digits',
    '{}',
    '[{"op":"add","path":"/b","value":-9223372036854775808}]',
    '{"b":-9223372036854775808}',
  ],
  [
    'finds names with a tilde and a slash',
    '{"a/b":1,"m~n":2}',
    '[{"op":"remove","path":"/a~1b"},{"op":"replace","path":"/m~0n","value":3}]',
    '{"m~n":3}',
  ],
  ['reads ~01 as a tilde and a one', '{"~1":1}', '[{"op":"remove","path":"/~01"}]', '{}'],
  ['takes a number for a name in an object', '{"0":"x"}', '[{"op":"remove","path":"/0"}]', '{}'],
  ['takes `-` for a name in an object', '{}', '[{"op":"add","path":"/-","value":1}]', '{"-":1}'],
  [
    'adds a member named __proto__, which is one like any other',
    '{}',
    '[{"op":"add","path":"/__proto__","value":{"x":1}}]',
    '{"__proto__":{"x":1}}',
  ],
  ['does not go through a prototype', '{"a":{}}', '[{"op":"add","path":"/a/__proto__/x","value":1}]', undefined],
  [
    'replaces inside a member named __proto__',
    '{"__proto__":{"x":1}}',
    '[{"op":"replace","path":"/__proto__/x","value":2}]',
    '{"__proto__":{"x":2}}',
  ],
  ['does nothing with no operations', '{"a":1}', '[]', '{"a":1}'],
  ['passes over members that it does not know', '{}', '[{"op":"add","path":"/a","value":1,"note":"why"}]', '{"a":1}'],
]

suite('applyPatch', () => {
  for (const [fact, document, patch, result] of cases) {
    test(fact, () => {
      const given = json(document)
      const apply = () => applyPatch(given, json(patch) as unknown as PatchOperation[], limits)

      if (result === undefined) assert.throws(apply, PatchFault)
      else assert.equal(JSON.stringify(apply()), JSON.stringify(json(result)))
      assert.equal(JSON.stringify(given), JSON.stringify(json(document)))
      assert.equal(({} as { x?: unknown }).x, undefined)
    })
  }

  test('says which operation cannot be done, and does none of them', () => {
    const patch: PatchOperation[] = [
      { op: 'add', path: '/b', value: 2 },
      { op: 'remove', path: '/c' },
    ]

    assert.throws(() => applyPatch({ a: 1 }, patch, limits), {
      name: 'PatchFault',
      index: 1,
      message: 'there is nothing at "/c"',
    })
  })

  test('ends before copies of copies fill any memory', () => {
    const doubling = Array.from({ length: 100 }, (): PatchOperation => ({ op: 'copy', from: '', path: '/-' }))

    assert.throws(() => applyPatch([1], doubling, limits), /more than 1000 bytes|nested deeper than 20 levels/)
    const texts = Array.from({ length: 100 }, (): PatchOperation => ({ op: 'copy', from: '/0', path: '/-' }))
    assert.throws(() => applyPatch(['x'.repeat(100)], texts, limits), /more than 1000 bytes/)
  })

  test('makes nothing that is nested deeper than is allowed', () => {
    const deep: PatchOperation = { op: 'add', path: '/0', value: [[[1]]] }

    assert.equal(JSON.stringify(applyPatch([[]], [deep], { ...limits, depth: 4 })), '[[[[1]]],[]]')
    assert.throws(() => applyPatch([[]], [deep], { ...limits, depth: 3 }), /nested deeper than 3/)
  })

  test('undoes what it did, whatever the document', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (document, name, value) => {
        const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
        fc.pre(!Object.hasOwn(document, name))
        const patch = [
          { op: 'add', path, value },
          { op: 'test', path, value },
          { op: 'remove', path },
        ] as PatchOperation[]

        const patched = applyPatch(document as JsonValue, patch, { depth: 1_000, size: 1_000_000 })

        assert.deepEqual(patched, { ...document })
      }),
    )
  })
})
