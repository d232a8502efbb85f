import type { SchemaCases } from './broken-events.ts'

export const dates: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Shift',
    fields: [
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'opens', type: { type: 'int', logicalType: 'time-millis' } },
      { name: 'closes', type: { type: 'long', logicalType: 'time-micros' } },
      { name: 'review', type: ['null', { type: 'int', logicalType: 'date' }], default: null },
    ],
  },
  good: [
    '{"day":"2026-01-31","opens":"10:15","closes":"23:59:59.999999"}',
    '{"day":-1,"opens":0,"closes":"00:00","review":"2024-02-29"}',
    '{"day":"+012026-01-31","opens":"10:15:30.5","closes":36000000000,"review":null}',
  ],
  broken: [
    ['{"day":"2026-02-30","opens":0,"closes":0}', '/day invalid-format'],
    ['{"day":"31.01.2026","opens":0,"closes":0}', '/day invalid-format'],
    ['{"day":0,"opens":"24:00","closes":0}', '/opens invalid-format'],
    ['{"day":0,"opens":"10:15:30.0005","closes":0}', '/opens not-exact'],
    ['{"day":1.5,"opens":0,"closes":"10:15:30.0000005"}', '/day not-exact', '/closes not-exact'],
    ['{"day":2147483648,"opens":2147483648,"closes":0}', '/day out-of-range', '/opens out-of-range'],
    ['{"day":0,"opens":0,"closes":0,"review":"2026-02-29"}', '/review invalid-format'],
    [
      '{"day":true,"opens":null,"closes":[],"review":{}}',
      '/day type-mismatch',
      '/opens type-mismatch',
      '/closes type-mismatch',
      '/review no-union-branch',
    ],
    [
      '{"day":"2026-13-01","opens":"9:00","closes":"10:60"}',
      '/day invalid-format',
      '/opens invalid-format',
      '/closes invalid-format',
    ],
    [
      '{"date":"2026-01-31","opens":"10:15","closed":"11:00"}',
      '/day missing-field',
      '/date unknown-field',
      '/closes missing-field',
      '/closed unknown-field → closes',
    ],
  ],
}
