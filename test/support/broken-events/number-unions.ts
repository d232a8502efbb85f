import type { SchemaCases } from './broken-events.ts'

export const numberUnions: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Measure',
    fields: [
      { name: 'value', type: ['int', 'long', 'float', 'double'] },
      { name: 'count', type: ['null', 'int', 'long'] },
      { name: 'limit', type: ['long', { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }] },
    ],
  },
  good: [
    '{"value":1,"count":null,"limit":1.5}',
    '{"value":0.1,"count":9007199254740993,"limit":{"long":5}}',
    '{"value":{"double":1},"count":{"long":5},"limit":123456}',
  ],
  broken: [
    ['{"value":true,"count":1,"limit":1.5}', '/value no-union-branch'],
    ['{"value":1e400,"count":1,"limit":1.5}', '/value no-union-branch'],
    ['{"value":1,"count":1.5,"limit":1.5}', '/count no-union-branch'],
    ['{"value":1,"count":9223372036854775808,"limit":1.5}', '/count no-union-branch'],
    ['{"value":1,"count":true,"limit":null}', '/count no-union-branch', '/limit no-union-branch'],
    ['{"value":1,"count":1,"limit":5}', '/limit ambiguous-union'],
    ['{"value":1,"count":1,"limit":{"long":1.5}}', '/limit/long not-exact'],
    [
      '{"value":{"int":2147483648},"count":1,"limit":{"bytes":"1.005"}}',
      '/value/int out-of-range',
      '/limit/bytes not-exact',
    ],
    [
      '{"value":{"float":1e39},"count":{"null":0},"limit":"1,5"}',
      '/value/float out-of-range',
      '/count/null type-mismatch',
      '/limit no-union-branch',
    ],
    [
      '{"values":1,"count":[],"limit":{}}',
      '/value missing-field',
      '/values unknown-field → value',
      '/count no-union-branch',
      '/limit no-union-branch',
    ],
  ],
}
