import type { SchemaCases } from './broken-events.ts'

const uuid = '"123e4567-e89b-12d3-a456-426614174000"'

export const identifiers: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Session',
    fields: [
      { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
      { name: 'device', type: { type: 'fixed', name: 'Device', size: 16, logicalType: 'uuid' } },
      { name: 'length', type: { type: 'fixed', name: 'Length', size: 12, logicalType: 'duration' } },
      { name: 'pause', type: ['null', 'Length'], default: null },
    ],
  },
  good: [
    `{"id":${uuid},"device":"123E4567-E89B-12D3-A456-426614174000","length":"P1Y2M15DT1H30M0.5S"}`,
    `{"id":${uuid},"device":${uuid},"length":"P2W","pause":"PT0S"}`,
  ],
  broken: [
    [`{"id":"123e4567e89b12d3a456426614174000","device":${uuid},"length":"P1D"}`, '/id invalid-format'],
    [`{"id":${uuid},"device":"not-a-uuid","length":"P1D"}`, '/device invalid-format'],
    [`{"id":${uuid},"device":${uuid},"length":"1 day"}`, '/length invalid-format'],
    [`{"id":${uuid},"device":${uuid},"length":"PT0.0001S"}`, '/length not-exact'],
    [`{"id":${uuid},"device":${uuid},"length":"P4294967296D"}`, '/length out-of-range'],
    [`{"id":${uuid},"device":${uuid},"length":"P1D","pause":"P"}`, '/pause invalid-format'],
    [
      '{"id":5,"device":[],"length":60,"pause":60}',
      '/id type-mismatch',
      '/device type-mismatch',
      '/length type-mismatch',
      '/pause no-union-branch',
    ],
    [
      '{"id":"123e4567-e89b-12d3-a456-42661417400g","device":"{123e4567-e89b-12d3-a456-426614174000}","length":"P1D"}',
      '/id invalid-format',
      '/device invalid-format',
    ],
    [
      `{"id":${uuid},"devise":${uuid},"length":"P1.5D"}`,
      '/device missing-field',
      '/devise unknown-field → device',
      '/length invalid-format',
    ],
    [
      '{"id":"","device":"","length":"","pause":""}',
      '/id invalid-format',
      '/device invalid-format',
      '/length invalid-format',
      '/pause invalid-format',
    ],
  ],
}
