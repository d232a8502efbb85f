import type { SchemaCases } from './broken-events.ts'

export const numbers: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Numbers',
    fields: [
      { name: 'on', type: 'boolean' },
      { name: 'small', type: 'int' },
      { name: 'big', type: 'long' },
      { name: 'half', type: 'float' },
      { name: 'whole', type: 'double' },
    ],
  },
  good: [
    '{"on":true,"small":-2147483648,"big":9223372036854775807,"half":0.1,"whole":1e300}',
    '{"on":false,"small":5.0,"big":"-9223372036854775808","half":"NaN","whole":"-Infinity"}',
    '{"on":true,"small":1e3,"big":0,"half":16777216,"whole":9007199254740992}',
  ],
  broken: [
    ['{"on":true,"small":2147483648,"big":0,"half":0,"whole":0}', '/small out-of-range'],
    ['{"on":true,"small":1.5,"big":0,"half":0,"whole":0}', '/small not-exact'],
    ['{"on":true,"small":"5","big":0,"half":0,"whole":0}', '/small type-mismatch'],
    ['{"on":true,"small":5,"big":9223372036854775808,"half":0,"whole":0}', '/big out-of-range'],
    ['{"on":true,"small":5,"big":"12x","half":"nan","whole":0}', '/big invalid-format', '/half type-mismatch'],
    ['{"on":true,"small":5,"big":0,"half":1e39,"whole":1e400}', '/half out-of-range', '/whole out-of-range'],
    ['{"on":true,"small":5,"big":0,"half":16777217,"whole":9007199254740993}', '/half not-exact', '/whole not-exact'],
    [
      '{"on":"true","small":true,"big":[],"half":{},"whole":null}',
      '/on type-mismatch',
      '/small type-mismatch',
      '/big type-mismatch',
      '/half type-mismatch',
      '/whole type-mismatch',
    ],
    [
      '{"on":1,"small":-2147483649,"big":0.5,"half":0,"whole":0}',
      '/on type-mismatch',
      '/small out-of-range',
      '/big not-exact',
    ],
    [
      '{"on":true,"smal":1,"Big":1,"half":1e-60,"whole":1e-400}',
      '/small missing-field',
      '/smal unknown-field → small',
      '/big missing-field',
      '/Big unknown-field → big',
      '/half out-of-range',
      '/whole out-of-range',
    ],
  ],
}
