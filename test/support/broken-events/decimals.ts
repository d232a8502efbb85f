import type { SchemaCases } from './broken-events.ts'

export const decimals: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Price',
    fields: [
      { name: 'net', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      {
        name: 'rate',
        type: { type: 'fixed', name: 'Rate', size: 8, logicalType: 'decimal', precision: 10, scale: 6 },
      },
      { name: 'count', type: { type: 'bytes', logicalType: 'decimal', precision: 5 } },
    ],
  },
  good: [
    '{"net":"1234567.89","rate":0.000001,"count":99999}',
    '{"net":-0.5,"rate":"-9999.999999","count":"0"}',
    '{"net":1.10000,"rate":"1","count":-7.0}',
  ],
  broken: [
    ['{"net":0.001,"rate":1,"count":1}', '/net not-exact'],
    ['{"net":10000000,"rate":1,"count":1}', '/net out-of-range'],
    ['{"net":"12,50","rate":1,"count":1}', '/net invalid-format'],
    ['{"net":1,"rate":"0.0000001","count":1}', '/rate not-exact'],
    ['{"net":1,"rate":10000,"count":1}', '/rate out-of-range'],
    ['{"net":" 1","rate":1,"count":1.5}', '/net invalid-format', '/count not-exact'],
    ['{"net":1,"rate":"","count":100000}', '/rate invalid-format', '/count out-of-range'],
    ['{"net":true,"rate":[],"count":{}}', '/net type-mismatch', '/rate type-mismatch', '/count type-mismatch'],
    [
      '{"net":"1.001","rate":"0x10","counts":1}',
      '/net not-exact',
      '/rate invalid-format',
      '/count missing-field',
      '/counts unknown-field → count',
    ],
    ['{"net":1e400,"rate":"NaN","count":"٣"}', '/net out-of-range', '/rate invalid-format', '/count invalid-format'],
  ],
}
