import type { SchemaCases } from './broken-events.ts'

/** Unions of what is written as a string. */
export const notes: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Note',
    fields: [
      { name: 'body', type: ['string', { type: 'enum', name: 'Mood', symbols: ['GOOD', 'BAD'] }] },
      // `AAAA` is base64 as well, `NO` is not.
      { name: 'raw', type: ['bytes', { type: 'enum', name: 'Mark', symbols: ['AAAA', 'NO'] }] },
      { name: 'when', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }, 'boolean'] },
    ],
  },
  good: [
    '{"body":"x","raw":"NO","when":null}',
    '{"body":{"Mood":"GOOD"},"raw":"AAEC","when":"2026-01-31T10:15:30Z"}',
    '{"body":"GOOD","raw":{"bytes":"AAAA"},"when":true}',
  ],
  broken: [
    ['{"body":5,"raw":"NO","when":null}', '/body no-union-branch'],
    ['{"body":"x","raw":"AAAA","when":null}', '/raw ambiguous-union'],
    ['{"body":"x","raw":"%","when":null}', '/raw no-union-branch'],
    ['{"body":"x","raw":"NO","when":"yesterday"}', '/when invalid-format'],
    ['{"body":"x","raw":"NO","when":1.5}', '/when not-exact'],
    [
      '{"body":{"Mood":"GODO"},"raw":{"Mark":"no"},"when":null}',
      '/body/Mood unknown-symbol → GOOD',
      '/raw/Mark unknown-symbol → NO',
    ],
    ['{"body":"x","raw":{"bytes":"AA"},"when":{}}', '/raw/bytes invalid-format', '/when no-union-branch'],
    [
      '{"body":null,"raw":null,"when":"2026-01-31T10:15:30.0001Z"}',
      '/body no-union-branch',
      '/raw no-union-branch',
      '/when not-exact',
    ],
    ['{"body":["x"],"raw":7,"when":[]}', '/body no-union-branch', '/raw no-union-branch', '/when no-union-branch'],
    [
      '{"boddy":"x","raw":{"Mark":5},"when":{"boolean":"true"}}',
      '/body missing-field',
      '/boddy unknown-field → body',
      '/raw/Mark type-mismatch',
      '/when/boolean type-mismatch',
    ],
  ],
}
