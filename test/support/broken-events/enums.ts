import type { SchemaCases } from './broken-events.ts'

export const enums: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Garment',
    fields: [
      { name: 'size', type: { type: 'enum', name: 'Size', symbols: ['SMALL', 'MEDIUM', 'LARGE'] } },
      {
        name: 'colours',
        type: { type: 'array', items: { type: 'enum', name: 'Colour', symbols: ['RED', 'GREEN', 'BLUE'] } },
      },
      { name: 'parts', type: { type: 'map', values: 'Colour' } },
      {
        name: 'care',
        type: { type: 'enum', name: 'Care', symbols: ['DRY_CLEAN', 'HAND_WASH'], default: 'HAND_WASH' },
        default: 'HAND_WASH',
      },
    ],
  },
  good: [
    '{"size":"SMALL","colours":["RED","RED"],"parts":{"sleeve":"BLUE"}}',
    '{"size":"LARGE","colours":[],"parts":{},"care":"DRY_CLEAN"}',
  ],
  broken: [
    ['{"size":"MEDUIM","colours":[],"parts":{}}', '/size unknown-symbol → MEDIUM'],
    ['{"size":"medium","colours":[],"parts":{}}', '/size unknown-symbol → MEDIUM'],
    ['{"size":1,"colours":[],"parts":{}}', '/size type-mismatch'],
    ['{"size":"XXL","colours":[],"parts":{}}', '/size unknown-symbol'],
    [
      '{"size":"SMALL","colours":["RED","GRN","BLUE","BLU"],"parts":{}}',
      '/colours/1 unknown-symbol',
      '/colours/3 unknown-symbol → BLUE',
    ],
    [
      '{"size":"SMALL","colours":[],"parts":{"sleeve":"PINK","collar":5}}',
      '/parts/sleeve unknown-symbol',
      '/parts/collar type-mismatch',
    ],
    [
      '{"size":null,"colours":[],"parts":{},"care":"dry-clean"}',
      '/size type-mismatch',
      '/care unknown-symbol → DRY_CLEAN',
    ],
    ['{"size":"SMALL","colours":"RED","parts":["RED"]}', '/colours type-mismatch', '/parts type-mismatch'],
    ['{"size":"SMALL","colors":["RED"],"parts":{}}', '/colours missing-field', '/colors unknown-field → colours'],
    [
      '{"size":"","colours":[null,{}],"parts":{"a":"red","b/c":"x~"},"care":false}',
      '/size unknown-symbol',
      '/colours/0 type-mismatch',
      '/colours/1 type-mismatch',
      '/parts/a unknown-symbol → RED',
      '/parts/b~1c unknown-symbol',
      '/care type-mismatch',
    ],
  ],
}
