import type { SchemaCases } from './broken-events.ts'

export const orders: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Order',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'customer', type: 'string' },
      { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['NEW', 'PAID', 'SHIPPED', 'CANCELLED'] } },
      { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      {
        name: 'items',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'Item',
            fields: [
              { name: 'sku', type: 'string' },
              { name: 'quantity', type: 'int' },
            ],
          },
        },
      },
      { name: 'note', type: ['null', 'string'], default: null },
    ],
  },
  good: [
    '{"id":"o-1","customer":"ada","status":"NEW","total":"12.50","items":[{"sku":"a","quantity":1}],"note":"quick"}',
    '{"id":"","customer":"c","status":"CANCELLED","total":0,"items":[]}',
  ],
  broken: [
    ['{"id":5,"customer":"ada","status":"NEW","total":"1","items":[]}', '/id type-mismatch'],
    ['{"id":"o","customer":"ada","status":"SHIPED","total":"1","items":[]}', '/status unknown-symbol → SHIPPED'],
    [
      '{"id":"o","custmer":"ada","status":"NEW","total":"1","items":[]}',
      '/customer missing-field',
      '/custmer unknown-field → customer',
    ],
    ['{"id":"o","customer":"ada","status":"NEW","total":"1.005","items":[]}', '/total not-exact'],
    [
      '{"id":"o","customer":"ada","status":"NEW","total":1,"items":[{"sku":"a","quantity":"1"},{"sku":"b"}]}',
      '/items/0/quantity type-mismatch',
      '/items/1/quantity missing-field',
    ],
    [
      '{"id":"o","customer":"ada","status":"NEW","total":1,"items":[{"sku":"a","qantity":1}]}',
      '/items/0/quantity missing-field',
      '/items/0/qantity unknown-field → quantity',
    ],
    [
      '{}',
      '/id missing-field',
      '/customer missing-field',
      '/status missing-field',
      '/total missing-field',
      '/items missing-field',
    ],
    ['[]', ' type-mismatch'],
    [
      '{"id":null,"customer":null,"status":null,"total":null,"items":null,"note":null}',
      '/id type-mismatch',
      '/customer type-mismatch',
      '/status type-mismatch',
      '/total type-mismatch',
      '/items type-mismatch',
    ],
    [
      '{"id":"o","customer":"ada","status":"new","total":"12,50","items":{"sku":"a","quantity":1},"note":7,"colour":"red"}',
      '/status unknown-symbol → NEW',
      '/total invalid-format',
      '/items type-mismatch',
      '/note no-union-branch',
      '/colour unknown-field',
    ],
  ],
}
