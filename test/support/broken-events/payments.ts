import type { SchemaCases } from './broken-events.ts'

const record = (name: string, ...fields: object[]): object => ({ type: 'record', name, fields })

export const payments: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Payment',
    namespace: 'com.example',
    fields: [
      {
        name: 'method',
        type: [
          record('Card', { name: 'number', type: 'string' }, { name: 'expires', type: 'string' }),
          record(
            'Transfer',
            { name: 'iban', type: 'string' },
            { name: 'reference', type: ['null', 'string'], default: null },
          ),
          record('Cash', { name: 'till', type: 'int' }),
          record('Cheque', { name: 'till', type: 'int' }),
        ],
      },
    ],
  },
  good: [
    '{"method":{"number":"1","expires":"01/30"}}',
    '{"method":{"iban":"DE1"}}',
    '{"method":{"com.example.Cash":{"till":1}}}',
  ],
  broken: [
    ['{"method":{"till":1}}', '/method ambiguous-union'],
    ['{"method":{"number":"1"}}', '/method no-union-branch'],
    ['{"method":"cash"}', '/method no-union-branch'],
    [
      '{"method":{"com.example.Card":{"number":1}}}',
      '/method/com.example.Card/number type-mismatch',
      '/method/com.example.Card/expires missing-field',
    ],
    [
      '{"method":{"com.example.Transfer":{"ibann":"x"}}}',
      '/method/com.example.Transfer/iban missing-field',
      '/method/com.example.Transfer/ibann unknown-field → iban',
    ],
    ['{"method":{"Cash":{"till":1}}}', '/method no-union-branch'],
    ['{"method":null}', '/method no-union-branch'],
    [
      '{"method":{"com.example.Cash":{"till":"1","clerk":"x"}}}',
      '/method/com.example.Cash/till type-mismatch',
      '/method/com.example.Cash/clerk unknown-field',
    ],
    [
      '{"method":{"com.example.Cheque":null},"memo":"x"}',
      '/method/com.example.Cheque type-mismatch',
      '/memo unknown-field',
    ],
    ['{"metod":{"iban":"x"}}', '/method missing-field', '/metod unknown-field → method'],
  ],
}
