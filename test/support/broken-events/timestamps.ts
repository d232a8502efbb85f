import type { SchemaCases } from './broken-events.ts'

export const timestamps: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Times',
    fields: [
      { name: 'millis', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'nanos', type: { type: 'long', logicalType: 'timestamp-nanos' } },
      { name: 'local', type: { type: 'long', logicalType: 'local-timestamp-millis' } },
    ],
  },
  good: [
    '{"millis":"2026-01-31T10:15:30.5Z","micros":"2026-01-31T12:15:30.000001+02:00","nanos":"2026-01-31T10:15:30.000000001Z","local":"2026-01-31T10:15:30"}',
    '{"millis":0,"micros":"1769854530000000","nanos":-1,"local":1769854530000}',
  ],
  broken: [
    ['{"millis":"2026-01-31T10:15:30","micros":0,"nanos":0,"local":0}', '/millis invalid-format'],
    ['{"millis":0,"micros":0,"nanos":0,"local":"2026-01-31T10:15:30Z"}', '/local invalid-format'],
    ['{"millis":"2026-01-31T10:15:30.0001Z","micros":0,"nanos":0,"local":0}', '/millis not-exact'],
    ['{"millis":0,"micros":0,"nanos":"2300-01-01T00:00:00Z","local":0}', '/nanos out-of-range'],
    [
      '{"millis":"2026-02-29T00:00:00Z","micros":"2026-01-31 10:15:30Z","nanos":0,"local":0}',
      '/millis invalid-format',
      '/micros invalid-format',
    ],
    [
      '{"millis":0,"micros":"2026-01-31T10:15:30.0000001Z","nanos":"2026-01-31T10:15:30.0000000001Z","local":0}',
      '/micros not-exact',
      '/nanos not-exact',
    ],
    ['{"millis":1.5,"micros":9223372036854775808,"nanos":0,"local":0}', '/millis not-exact', '/micros out-of-range'],
    [
      '{"millis":false,"micros":{},"nanos":[],"local":null}',
      '/millis type-mismatch',
      '/micros type-mismatch',
      '/nanos type-mismatch',
      '/local type-mismatch',
    ],
    [
      '{"millis":"yesterday","micros":"2026-01-31T25:00:00Z","nanos":"2026-01-31T10:15:30+25:00","local":"2026-01-31"}',
      '/millis invalid-format',
      '/micros invalid-format',
      '/nanos invalid-format',
      '/local invalid-format',
    ],
    [
      '{"milis":0,"micro":0,"nanos":0,"local":0}',
      '/millis missing-field',
      '/milis unknown-field → millis',
      '/micros missing-field',
      '/micro unknown-field → micros',
    ],
  ],
}
