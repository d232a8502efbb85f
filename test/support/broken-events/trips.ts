import type { SchemaCases } from './broken-events.ts'

const record = (name: string, ...fields: object[]): object => ({ type: 'record', name, fields })

const geo = record('Geo', { name: 'lat', type: 'double' }, { name: 'lon', type: 'double' })
const country = { type: 'enum', name: 'Country', namespace: 'org.example.places', symbols: ['DE', 'FR'] }
const place = record('Place', { name: 'geo', type: geo }, { name: 'country', type: country })
const leg = record(
  'Leg',
  { name: 'from', type: record('Stop', { name: 'place', type: place }) },
  { name: 'to', type: 'Stop' },
)

const stop = '{"place":{"geo":{"lat":1,"lon":2},"country":"DE"}}'

/** Records six deep, in namespaces. */
export const trips: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Trip',
    namespace: 'org.example.travel',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'leg', type: leg },
    ],
  },
  good: [
    `{"id":"t","leg":{"from":${stop},"to":${stop}}}`,
    `{"id":"","leg":{"to":{"place":{"country":"FR","geo":{"lon":"NaN","lat":-1.5}}},"from":${stop}}}`,
  ],
  broken: [
    [
      `{"id":"t","leg":{"from":{"place":{"geo":{"lat":"x","lon":2},"country":"DE"}},"to":${stop}}}`,
      '/leg/from/place/geo/lat type-mismatch',
    ],
    [
      `{"id":"t","leg":{"from":${stop},"to":{"place":{"geo":{"lat":1,"lon":2},"country":"GB"}}}}`,
      '/leg/to/place/country unknown-symbol',
    ],
    [`{"id":"t","leg":{"from":{},"to":${stop}}}`, '/leg/from/place missing-field'],
    ['{"id":"t","leg":[]}', '/leg type-mismatch'],
    ['{"id":"t"}', '/leg missing-field'],
    [
      `{"id":"t","leg":{"from":{"place":{"geo":{"lat":1,"lng":2},"country":"DE"}},"to":${stop}}}`,
      '/leg/from/place/geo/lon missing-field',
      '/leg/from/place/geo/lng unknown-field',
    ],
    [
      `{"id":"t","leg":{"from":${stop},"to":{"place":{"geo":{"Lat":1,"LON":2},"country":"DE"}}}}`,
      '/leg/to/place/geo/lat missing-field',
      '/leg/to/place/geo/Lat unknown-field → lat',
      '/leg/to/place/geo/lon missing-field',
      '/leg/to/place/geo/LON unknown-field → lon',
    ],
    [
      '{"id":"t","leg":{"from":{"place":null},"to":{"place":{"geo":null,"country":"DE"}}}}',
      '/leg/from/place type-mismatch',
      '/leg/to/place/geo type-mismatch',
    ],
    [
      '{"id":1,"leg":{"from":"x","to":{"place":{"geo":{"lat":true,"lon":[]},"country":5}}}}',
      '/id type-mismatch',
      '/leg/from type-mismatch',
      '/leg/to/place/geo/lat type-mismatch',
      '/leg/to/place/geo/lon type-mismatch',
      '/leg/to/place/country type-mismatch',
    ],
    [`{"id":"t","leg":{"from":${stop},"too":${stop}}}`, '/leg/to missing-field', '/leg/too unknown-field → to'],
  ],
}
