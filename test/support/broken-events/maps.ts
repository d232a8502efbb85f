import type { SchemaCases } from './broken-events.ts'

export const maps: SchemaCases = {
  schema: {
    type: 'map',
    values: {
      type: 'record',
      name: 'Stock',
      fields: [
        { name: 'count', type: 'int' },
        { name: 'tags', type: { type: 'map', values: 'string' }, default: {} },
      ],
    },
  },
  good: ['{}', '{"a":{"count":1}}', '{"a/b":{"count":0,"tags":{"~":"x"}},"":{"count":2}}'],
  broken: [
    ['[]', ' type-mismatch'],
    ['"x"', ' type-mismatch'],
    ['{"a":1}', '/a type-mismatch'],
    ['{"a/b":{"count":"1"}}', '/a~1b/count type-mismatch'],
    ['{"m~n":{}}', '/m~0n/count missing-field'],
    ['{"":{"count":1,"tags":{"":5}}}', '//tags/ type-mismatch'],
    [
      '{"a":{"count":1.5},"b":{"count":1,"tags":[]},"c":null}',
      '/a/count not-exact',
      '/b/tags type-mismatch',
      '/c type-mismatch',
    ],
    ['{"a":{"cuont":1}}', '/a/count missing-field', '/a/cuont unknown-field → count'],
    [
      '{"a":{"count":1,"tags":{"x":null,"y":true,"z":"ok"}},"b":{"count":2147483648}}',
      '/a/tags/x type-mismatch',
      '/a/tags/y type-mismatch',
      '/b/count out-of-range',
    ],
    [
      '{"__proto__":{"count":"x"},"constructor":{"counts":1}}',
      '/__proto__/count type-mismatch',
      '/constructor/count missing-field',
      '/constructor/counts unknown-field → count',
    ],
  ],
}
