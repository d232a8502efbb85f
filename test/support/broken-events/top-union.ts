import type { SchemaCases } from './broken-events.ts'

const uuid = '"123e4567-e89b-12d3-a456-426614174000"'
const id = { name: 'id', type: { type: 'string', logicalType: 'uuid' } }
const created = '/com.example.events.Created'
const deleted = '/com.example.events.Deleted'

export const topUnion: SchemaCases = {
  schema: [
    {
      type: 'record',
      name: 'Created',
      namespace: 'com.example.events',
      fields: [id, { name: 'name', type: 'string' }],
    },
    {
      type: 'record',
      name: 'com.example.events.Deleted',
      fields: [id, { name: 'reason', type: { type: 'enum', name: 'Reason', symbols: ['ASKED', 'FRAUD'] } }],
    },
  ],
  good: [
    `{"id":${uuid},"name":"n"}`,
    `{"id":${uuid},"reason":"FRAUD"}`,
    `{"com.example.events.Deleted":{"id":${uuid},"reason":"ASKED"}}`,
  ],
  broken: [
    [`{"id":${uuid}}`, ' no-union-branch'],
    ['{"id":"x","name":"n"}', ' no-union-branch'],
    ['"deleted"', ' no-union-branch'],
    ['[]', ' no-union-branch'],
    [`{"com.example.events.Created":{"id":${uuid}}}`, `${created}/name missing-field`],
    [
      '{"com.example.events.Deleted":{"id":"x","reason":"ASKD"}}',
      `${deleted}/id invalid-format`,
      `${deleted}/reason unknown-symbol → ASKED`,
    ],
    [
      '{"com.example.events.Created":{"id":5,"nam":"n"}}',
      `${created}/id type-mismatch`,
      `${created}/name missing-field`,
      `${created}/nam unknown-field → name`,
    ],
    [`{"com.example.events.Created":{"id":${uuid},"name":"n"},"extra":1}`, ' no-union-branch'],
    ['{"com.example.events.Deleted":5}', `${deleted} type-mismatch`],
    [
      '{"com.example.events.Deleted":{"id":"","reason":null,"name":"n"}}',
      `${deleted}/id invalid-format`,
      `${deleted}/reason type-mismatch`,
      `${deleted}/name unknown-field`,
    ],
  ],
}
