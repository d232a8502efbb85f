import type { SchemaCases } from './broken-events.ts'

const reading = {
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'value', type: ['double', 'string'] },
  ],
}

/** A map of arrays of unions of records of unions. */
export const telemetry: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Telemetry',
    fields: [
      { name: 'device', type: 'string' },
      { name: 'readings', type: { type: 'map', values: { type: 'array', items: ['null', reading] } } },
      {
        name: 'flags',
        type: { type: 'array', items: { type: 'enum', name: 'Flag', symbols: ['OK', 'LOW_BATTERY'] } },
        default: [],
      },
    ],
  },
  good: [
    '{"device":"d","readings":{}}',
    '{"device":"d","readings":{"t":[null,{"at":"2026-01-31T10:15:30Z","value":1.5}],"h":[{"at":0,"value":"n/a"}]},"flags":["OK"]}',
  ],
  broken: [
    ['{"device":"d","readings":{"t":[{"at":"now","value":1}]}}', '/readings/t/0/at invalid-format'],
    ['{"device":"d","readings":{"t":[{"at":0}]}}', '/readings/t/0/value missing-field'],
    ['{"device":"d","readings":{"t":[{"at":0,"value":true}]}}', '/readings/t/0/value no-union-branch'],
    ['{"device":"d","readings":{"t":[{"at":0,"value":1e400}]}}', '/readings/t/0/value out-of-range'],
    ['{"device":"d","readings":{"t":[5]}}', '/readings/t/0 no-union-branch'],
    ['{"device":"d","readings":{"t":{},"h":[[],null]}}', '/readings/t type-mismatch', '/readings/h/0 no-union-branch'],
    [
      '{"device":"d","readings":{},"flags":["OK","LOW-BATTERY","LOWBATERY",1]}',
      '/flags/1 unknown-symbol → LOW_BATTERY',
      '/flags/2 unknown-symbol → LOW_BATTERY',
      '/flags/3 type-mismatch',
    ],
    ['{"device":"d","reading":{}}', '/readings missing-field', '/reading unknown-field → readings'],
    [
      '{"device":"d","readings":{"t/1":[{"at":0.5,"value":null}],"t~2":[{"At":0,"value":1}]}}',
      '/readings/t~11/0/at not-exact',
      '/readings/t~11/0/value no-union-branch',
      '/readings/t~02/0/at missing-field',
      '/readings/t~02/0/At unknown-field → at',
    ],
    [
      '{"device":{},"readings":[],"flags":"OK"}',
      '/device type-mismatch',
      '/readings type-mismatch',
      '/flags type-mismatch',
    ],
  ],
}
