import type { SchemaCases } from './broken-events.ts'

export const binary: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Blob',
    fields: [
      { name: 'data', type: 'bytes' },
      { name: 'code', type: { type: 'fixed', name: 'Code', size: 4 } },
      { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 8 } },
      { name: 'label', type: 'string' },
    ],
  },
  good: [
    '{"data":"","code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}',
    '{"data":"//79","code":"/////w==","digest":"AQIDBAUGBwg=","label":"é"}',
  ],
  broken: [
    ['{"data":"%","code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}', '/data invalid-format'],
    ['{"data":"AA","code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}', '/data invalid-format'],
    ['{"data":[1,2],"code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}', '/data type-mismatch'],
    ['{"data":"","code":"AAEC","digest":"AAAAAAAAAAA=","label":"x"}', '/code wrong-size'],
    ['{"data":"","code":"AAECAwQ=","digest":"AAAAAAAAAAA=","label":"x"}', '/code wrong-size'],
    ['{"data":"","code":"####","digest":"AAAA","label":"x"}', '/code invalid-format', '/digest wrong-size'],
    ['{"data":"AAEC\\nAw==","code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}', '/data invalid-format'],
    ['{"data":"_-79","code":"AAECAw==","digest":"AAAAAAAAAAA=","label":"x"}', '/data invalid-format'],
    [
      '{"data":"","code":1,"digest":true,"label":null}',
      '/code type-mismatch',
      '/digest type-mismatch',
      '/label type-mismatch',
    ],
    [
      '{"Data":"AAAA","code":"","digst":"AAAAAAAAAAA=","label":"x"}',
      '/data missing-field',
      '/Data unknown-field → data',
      '/code wrong-size',
      '/digest missing-field',
      '/digst unknown-field → digest',
    ],
  ],
}
