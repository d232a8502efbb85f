import type { SchemaCases } from './broken-events.ts'

const address = {
  type: 'record',
  name: 'Address',
  fields: [
    { name: 'street', type: 'string' },
    { name: 'zip', type: 'string' },
  ],
}

export const nullables: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Profile',
    fields: [
      { name: 'nick', type: ['null', 'string'], default: null },
      { name: 'age', type: ['int', 'null'], default: -1 },
      { name: 'email', type: ['null', 'string'] },
      { name: 'home', type: ['null', address], default: null },
      { name: 'langs', type: ['null', { type: 'array', items: 'string' }], default: null },
      { name: 'prefs', type: ['null', { type: 'map', values: 'boolean' }], default: null },
    ],
  },
  good: [
    '{"email":null}',
    '{"email":"a@b","nick":"n","age":null,"home":{"street":"s","zip":"z"},"langs":["de"],"prefs":{"dark":true}}',
  ],
  broken: [
    ['{}', '/email missing-field'],
    ['{"email":5}', '/email no-union-branch'],
    ['{"email":null,"age":"5"}', '/age no-union-branch'],
    ['{"email":null,"age":1.5}', '/age not-exact'],
    ['{"email":null,"home":{"street":"s"}}', '/home/zip missing-field'],
    [
      '{"email":null,"home":{"street":1,"zip":2,"city":"c"}}',
      '/home/street type-mismatch',
      '/home/zip type-mismatch',
      '/home/city unknown-field',
    ],
    ['{"email":null,"langs":["de",null,7]}', '/langs/1 type-mismatch', '/langs/2 type-mismatch'],
    ['{"email":null,"prefs":{"dark":"yes"},"nick":false}', '/prefs/dark type-mismatch', '/nick no-union-branch'],
    ['{"email":{"string":5},"age":{"int":"5"}}', '/email/string type-mismatch', '/age/int type-mismatch'],
    [
      '{"e-mail":null,"nik":"n","home":"s","langs":{},"prefs":[]}',
      '/email missing-field',
      '/e-mail unknown-field → email',
      '/nik unknown-field → nick',
      '/home no-union-branch',
      '/langs no-union-branch',
      '/prefs no-union-branch',
    ],
  ],
}
