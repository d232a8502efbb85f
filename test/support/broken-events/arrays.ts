import type { SchemaCases } from './broken-events.ts'

export const arrays: SchemaCases = {
  schema: {
    type: 'array',
    items: {
      type: 'record',
      name: 'Line',
      fields: [
        { name: 'points', type: { type: 'array', items: { type: 'array', items: 'double' } } },
        { name: 'labels', type: { type: 'array', items: ['null', 'string'] }, default: [] },
      ],
    },
  },
  good: ['[]', '[{"points":[]}]', '[{"points":[[0,1.5],[]],"labels":["a",null]}]'],
  broken: [
    ['{}', ' type-mismatch'],
    ['[null]', '/0 type-mismatch'],
    ['[{"points":[1]}]', '/0/points/0 type-mismatch'],
    ['[{"points":[["1"]]}]', '/0/points/0/0 type-mismatch'],
    ['[{"points":[[1,"x",2],[],[null]]}]', '/0/points/0/1 type-mismatch', '/0/points/2/0 type-mismatch'],
    ['[{"points":[],"labels":["a",5,null,true]}]', '/0/labels/1 no-union-branch', '/0/labels/3 no-union-branch'],
    ['[{"points":[]},{"point":[]}]', '/1/points missing-field', '/1/point unknown-field → points'],
    ['[{"points":[[9007199254740993]]}]', '/0/points/0/0 not-exact'],
    [
      '[{"points":{}},"x",{"points":[[],[1e400]]}]',
      '/0/points type-mismatch',
      '/1 type-mismatch',
      '/2/points/1/0 out-of-range',
    ],
    [
      '[{"points":[[0,1,2,3,4,5,6,7,8,9,true]]},{"points":[],"labels":null}]',
      '/0/points/0/10 type-mismatch',
      '/1/labels type-mismatch',
    ],
  ],
}
