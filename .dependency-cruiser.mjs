/** Who may import whom: the table of ARCHITECTURE.md, as rules. `types` is for imports that vanish at run time. */
const rooms = {
  json: { values: ['errors'] },
  errors: { values: [] },
  network: { values: [] },
  signing: { values: [] },
  state: { values: ['errors'], types: ['observability'] },
  yaml: { values: ['errors'] },
  observability: { values: ['errors', 'json'], types: ['config'] },
  config: { values: ['errors', 'yaml', 'network', 'quotas'] },
  listening: { values: ['errors', 'network'], types: ['config', 'observability'] },
  scopes: { values: ['errors'] },
  contracts: { values: ['errors', 'json', 'scopes', 'yaml', 'quotas', 'state'], types: ['observability'] },
  schemas: { values: ['errors', 'json'], types: ['config', 'observability'] },
  auth: { values: ['errors', 'network', 'scopes', 'signing', 'state'], types: ['config', 'observability'] },
  kafka: { values: ['errors', 'quotas'], types: ['config', 'observability'] },
  replicas: { values: ['errors'], types: ['observability', 'state'] },
  quotas: { values: ['errors', 'auth'], types: ['observability'] },
  publishing: {
    values: ['errors', 'json', 'contracts'],
    types: ['config', 'observability', 'kafka', 'quotas', 'schemas'],
  },
  peers: { values: ['errors', 'json', 'signing'], types: ['config', 'observability'] },
  reading: {
    values: ['errors', 'json', 'signing'],
    types: ['config', 'observability', 'kafka', 'schemas', 'contracts'],
  },
  subscriptions: {
    values: ['errors', 'json', 'signing', 'state', 'reading'],
    types: ['config', 'observability', 'kafka', 'schemas', 'contracts', 'peers'],
  },
  documents: {
    values: ['errors', 'json', 'contracts', 'schemas', 'openapi'],
  },
  refusals: {
    values: ['errors', 'json', 'publishing'],
    types: ['config', 'observability', 'kafka', 'schemas', 'contracts', 'reading'],
  },
  cloudevents: { values: ['errors', 'json'], types: ['publishing', 'reading'] },
  openapi: { values: ['errors'], types: ['generated'] },
  streams: {
    values: ['errors', 'json', 'reading', 'publishing', 'quotas'],
    types: ['config', 'observability', 'kafka', 'schemas', 'contracts'],
  },
  cli: { values: ['errors', 'json', 'yaml', 'config', 'contracts', 'schemas'] },
  routes: {
    values: [
      'errors',
      'json',
      'network',
      'scopes',
      'auth',
      'openapi',
      'publishing',
      'reading',
      'cloudevents',
      'documents',
      'streams',
      'subscriptions',
    ],
    types: ['config', 'observability', 'quotas', 'schemas', 'contracts', 'generated', 'refusals'],
  },
}

const inRoom = (names) => `^src/(${names.join('|')})/`

const roomRules = Object.entries(rooms).flatMap(([room, { values, types = [] }]) => [
  {
    name: `${room}-knows`,
    comment: `${room} may import from: ${[...values, ...types].join(', ') || 'no other room'}`,
    severity: 'error',
    from: { path: inRoom([room]) },
    to: { path: '^src/', pathNot: inRoom([room, ...values, ...types]) },
  },
  ...(types.length === 0
    ? []
    : [
        {
          name: `${room}-knows-types-only`,
          comment: `${room} may import nothing but types from: ${types.join(', ')}`,
          severity: 'error',
          from: { path: inRoom([room]) },
          to: { path: inRoom(types), dependencyTypesNot: ['type-only'] },
        },
      ]),
])

const onlyIn = (name, packages, path) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: path },
  to: { path: `node_modules/(${packages.join('|')})/` },
})

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/(generated|documents/pages)/' },
      to: {},
    },
    ...roomRules,
    onlyIn('kafka-clients-in-kafka', ['@confluentinc/kafka-javascript', '@platformatic/kafka'], '^src/kafka/'),
    onlyIn('registry-in-schemas', ['avsc', '@kafkajs/confluent-schema-registry'], '^src/schemas/'),
    onlyIn('http-client-in-schemas-and-peers', ['undici'], '^src/(schemas|peers)/'),
    onlyIn('cel-in-filters', ['@marcbachmann/cel-js'], '^src/reading/'),
    onlyIn('express-at-the-edge', ['express', 'passport', 'cors', 'helmet'], '^src/(app\\.ts|routes/|auth/)'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default'], exportsFields: ['exports'] },
  },
}
