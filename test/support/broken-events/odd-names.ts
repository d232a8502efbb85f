import type { SchemaCases } from './broken-events.ts'

/** Names that objects inherit, and names that are near each other. */
export const oddNames: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Odd',
    fields: [
      { name: 'constructor', type: 'int' },
      { name: 'toString', type: 'int' },
      { name: '_id', type: 'string' },
      { name: 'customer_name', type: 'string' },
      { name: 'hasOwnProperty', type: 'boolean', default: false },
    ],
  },
  good: [
    '{"constructor":1,"toString":2,"_id":"x","customer_name":"n"}',
    '{"constructor":1,"toString":2,"_id":"x","customer_name":"n","hasOwnProperty":true}',
  ],
  broken: [
    [
      '{}',
      '/constructor missing-field',
      '/toString missing-field',
      '/_id missing-field',
      '/customer_name missing-field',
    ],
    ['{"constructor":"1","toString":2,"_id":"x","customer_name":"n"}', '/constructor type-mismatch'],
    [
      '{"constructor":1,"toString":2,"_id":"x","customerName":"n"}',
      '/customer_name missing-field',
      '/customerName unknown-field → customer_name',
    ],
    [
      '{"constructor":1,"toString":2,"id":"x","customer-name":"n"}',
      '/_id missing-field',
      '/id unknown-field → _id',
      '/customer_name missing-field',
      '/customer-name unknown-field → customer_name',
    ],
    ['{"constructor":1,"toString":2,"_id":"x","customer_name":"n","__proto__":{"a":1}}', '/__proto__ unknown-field'],
    ['{"constructor":1,"toString":2,"_id":"x","customer_name":"n","valueOf":1}', '/valueOf unknown-field'],
    [
      '{"constructor":null,"toString":{},"_id":[],"customer_name":true,"hasOwnProperty":"no"}',
      '/constructor type-mismatch',
      '/toString type-mismatch',
      '/_id type-mismatch',
      '/customer_name type-mismatch',
      '/hasOwnProperty type-mismatch',
    ],
    [
      '{"constructor":1,"toString":2,"_id":"x","customer_name":"n","a/b":1,"m~n":2,"":3}',
      '/a~1b unknown-field',
      '/m~0n unknown-field',
      '/ unknown-field',
    ],
    [
      '{"tostring":2,"Constructor":1,"_id":"x","customer_name":"n"}',
      '/constructor missing-field',
      '/Constructor unknown-field → constructor',
      '/toString missing-field',
      '/tostring unknown-field → toString',
    ],
    [
      '{"constructor":1,"toString":2,"_id":"x","customer_name":"n","hasOwnPropery":true}',
      '/hasOwnPropery unknown-field → hasOwnProperty',
    ],
  ],
}
