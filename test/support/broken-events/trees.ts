import type { SchemaCases } from './broken-events.ts'

export const trees: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Tree',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'weight', type: ['null', 'double'], default: null },
      { name: 'children', type: { type: 'array', items: 'Tree' }, default: [] },
    ],
  },
  good: ['{"name":"a"}', '{"name":"a","children":[{"name":"b","weight":1.5,"children":[{"name":"c"}]},{"name":"d"}]}'],
  broken: [
    ['{"name":"a","children":[{}]}', '/children/0/name missing-field'],
    [
      '{"name":"a","children":[{"name":"b","children":[{"name":"c","children":[{"name":5}]}]}]}',
      '/children/0/children/0/children/0/name type-mismatch',
    ],
    ['{"name":"a","children":[{"name":"b"},null]}', '/children/1 type-mismatch'],
    ['{"name":"a","weight":"1.5"}', '/weight no-union-branch'],
    ['{"name":"a","children":{"name":"b"}}', '/children type-mismatch'],
    ['{"name":"a","childen":[]}', '/childen unknown-field → children'],
    [
      '{"children":[{"children":[{"children":[]}]}]}',
      '/name missing-field',
      '/children/0/name missing-field',
      '/children/0/children/0/name missing-field',
    ],
    [
      '{"name":"a","children":[{"name":"b","weight":true,"children":[{"nam":"c"},{"name":"d","colour":1}]}]}',
      '/children/0/weight no-union-branch',
      '/children/0/children/0/name missing-field',
      '/children/0/children/0/nam unknown-field → name',
      '/children/0/children/1/colour unknown-field',
    ],
    ['{"name":"a","weight":1e400}', '/weight out-of-range'],
    [
      '{"name":null,"weight":{},"children":["x",7,[]]}',
      '/name type-mismatch',
      '/weight no-union-branch',
      '/children/0 type-mismatch',
      '/children/1 type-mismatch',
      '/children/2 type-mismatch',
    ],
  ],
}
