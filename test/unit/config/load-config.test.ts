import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigError } from '../../../src/config/config-error.ts'
import { loadConfig } from '../../../src/config/load-config.ts'

const cursorKey = 'k'.repeat(32)
const least = {
  HEADGATE_KAFKA_BOOTSTRAP_SERVERS: 'localhost:9092',
  HEADGATE_REGISTRY_URL: 'http://localhost:8081/apis/ccompat/v7',
  HEADGATE_AUTH_ISSUER: 'https://issuer.example.com',
  HEADGATE_AUTH_AUDIENCE: 'headgate',
  HEADGATE_SECRETS_CURSOR: cursorKey,
}

type Env = Record<string, string | undefined>

function load(env: Env, files: Record<string, string> = {}) {
  return loadConfig(env, (path) => {
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
    return text
  })
}

const withFile = (yaml: string, env: Env = {}) =>
  load({ ...least, HEADGATE_CONFIG: 'hg.yaml', ...env }, { 'hg.yaml': yaml })

function faultsOf(action: () => unknown): string[] {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.message, error.faults.map(({ setting, message }) => `${setting}: ${message}`).join('\n'))
    return error.message.split('\n')
  }
  return []
}

suite('loadConfig', () => {
  test('needs five settings and has a default for the rest', () => {
    const { config, secrets } = load(least)

    assert.equal(config.http.port, 8080)
    assert.deepEqual(config.auth.algorithms, ['RS256', 'ES256'])
    assert.deepEqual(config.kafka, { properties: { 'bootstrap.servers': 'localhost:9092' }, readers: 4 })
    assert.deepEqual(secrets, { cursor: [cursorKey], kafka: {} })
  })

  test('reports every missing setting with what it is for', () => {
    const faults = faultsOf(() => load({}))

    assert.deepEqual(
      faults.map((fault) => fault.split(':')[0]),
      [
        'HEADGATE_REGISTRY_URL',
        'HEADGATE_AUTH_ISSUER',
        'HEADGATE_AUTH_AUDIENCE',
        'HEADGATE_SECRETS_CURSOR',
        'HEADGATE_KAFKA_BOOTSTRAP_SERVERS',
      ],
    )
    assert.match(faults[0] ?? '', /is required: an `http` or `https` URL.*Base URL of Confluent's API/)
  })

  test('derives numbers, lists and nested names from variables', () => {
    const { config } = load({
      ...least,
      HEADGATE_HTTP_PORT: '0',
      HEADGATE_HTTP_KEEP_ALIVE_TIMEOUT_MS: '1000',
      HEADGATE_HTTP_CORS_ORIGINS: 'https://a.example.com, http://localhost:3000,',
      HEADGATE_KAFKA_READERS: '2',
      HEADGATE_KAFKA_SSL_CA_LOCATION: '/etc/ca.pem',
    })

    assert.equal(config.http.port, 0)
    assert.equal(config.http.keepAliveTimeoutMs, 1000)
    assert.deepEqual(config.http.corsOrigins, ['https://a.example.com', 'http://localhost:3000'])
    assert.equal(config.kafka.readers, 2)
    assert.equal(config.kafka.properties['ssl.ca.location'], '/etc/ca.pem')
  })

  test('lets the environment override the file, setting by setting', () => {
    const yaml =
      'http:\n  port: 1\n  host: 0.0.0.0\nkafka:\n  properties: {bootstrap.servers: a:1, debug: broker}\nlog:\n'

    const { config } = withFile(yaml, { HEADGATE_HTTP_PORT: '2', HEADGATE_LOG_LEVEL: '' })

    assert.deepEqual([config.http.port, config.http.host, config.log.level], [2, '0.0.0.0', 'info'])
    assert.deepEqual(config.kafka.properties, { 'bootstrap.servers': 'localhost:9092', debug: 'broker' })
  })

  test('takes further issuers from the file, each with rules of its own', () => {
    const { config } = withFile(`auth:
  jwksUrl: https://issuer.example.com/keys
  roleClaims: [groups]
  scopesOfRoles: {shop: [publish]}
  issuers:
    - {issuer: 'https://partners.example.org', audience: partners, algorithms: [ES256]}
`)

    const [further] = config.auth.issuers
    assert.equal(config.auth.issuer, least.HEADGATE_AUTH_ISSUER)
    assert.deepEqual(config.auth.scopesOfRoles, { shop: ['publish'] })
    assert.deepEqual(further, {
      issuer: 'https://partners.example.org',
      audience: 'partners',
      algorithms: ['ES256'],
      idClaims: ['sub', 'client_id'],
      scopeClaims: ['scope', 'scp'],
      roleClaims: [],
      scopesOfRoles: {},
    })
  })

  test('takes the policy of schemas from the file, and single rules and options of it from variables', () => {
    const yaml =
      'governance:\n  rules:\n    owner: refuse\n    field-doc: off\n  options:\n    owner: {attribute: team}\n'
    const { governance } = withFile(yaml, {
      HEADGATE_GOVERNANCE_RULES_FIELD_DOC: 'refuse',
      HEADGATE_GOVERNANCE_OPTIONS_OWNER_ALLOWED: 'a, b',
    }).config

    assert.deepEqual(
      [governance.policy, governance.rules.owner, governance.rules['field-doc']],
      [1, 'refuse', 'refuse'],
    )
    assert.deepEqual(governance.options.owner, { attribute: 'team', allowed: ['a', 'b'] })
    assert.deepEqual(
      faultsOf(() => withFile('governance: {rules: {onwer: warn}}', { HEADGATE_GOVERNANCE_POLICY: '9' })),
      [
        'HEADGATE_GOVERNANCE_POLICY: expected `1`, found 9',
        'governance.rules.onwer (hg.yaml, line 1): is not known; did you mean `owner`?',
      ],
    )
  })

  test('takes the claims of the one issuer from variables', () => {
    const { config } = load({
      ...least,
      HEADGATE_AUTH_ID_CLAIMS: 'email',
      HEADGATE_AUTH_ROLE_CLAIMS: 'groups,realm_access.roles',
    })

    assert.deepEqual(config.auth.idClaims, ['email'])
    assert.deepEqual(config.auth.roleClaims, ['groups', 'realm_access.roles'])
    assert.deepEqual(config.auth.issuers, [])
  })

  test('freezes the whole tree and the secrets', () => {
    const { config, secrets } = load(least)

    for (const part of [
      config,
      config.http,
      config.auth.algorithms,
      config.kafka.properties,
      secrets,
      secrets.cursor,
    ]) {
      assert.ok(Object.isFrozen(part))
    }
  })

  test('reports the faults of file, variables and secrets in one go', () => {
    const faults = faultsOf(() =>
      withFile('http:\n  prot: 80\nlimits: 7\n', {
        HEADGATE_HTTP_PORT: 'abc',
        HEADGATE_AUTH_AUDIENCE: undefined,
        HEADGATE_SECRETS_CURSOR: 'short',
        HEADGATE_KAFKA_ACKS: '1',
        HEADGATE_HTP_HOST: 'x',
      }),
    )

    assert.deepEqual(faults, [
      'HEADGATE_HTP_HOST: is not known; did you mean `HEADGATE_HTTP_HOST`?',
      'HEADGATE_HTTP_PORT: expected a whole number from 0 to 65535, found "abc"',
      'http.prot (hg.yaml, line 2): is not known; did you mean `port`?',
      'HEADGATE_AUTH_AUDIENCE: is required: a text. The `aud` that accepted tokens carry.',
      'limits (hg.yaml, line 3): expected a mapping of names to values, found 7',
      'HEADGATE_SECRETS_CURSOR: item 1: expected 32 characters or more',
      'HEADGATE_KAFKA_ACKS: `acks` cannot be set: every event is acknowledged by all in-sync replicas',
    ])
  })

  const single: [fact: string, env: Env, fault: string][] = [
    [
      'a number out of range',
      { HEADGATE_HTTP_PORT: '70000' },
      'HEADGATE_HTTP_PORT: expected a whole number from 0 to 65535, found 70000',
    ],
    [
      'a fraction',
      { HEADGATE_HTTP_PORT: '80.5' },
      'HEADGATE_HTTP_PORT: expected a whole number from 0 to 65535, found 80.5',
    ],
    [
      'a time that a timer cannot hold',
      { HEADGATE_PUBLISH_DEADLINE_MS: '2147483648' },
      'HEADGATE_PUBLISH_DEADLINE_MS: expected a whole number from 1 to 2147483647, found 2147483648',
    ],
    [
      'a level that does not exist',
      { HEADGATE_LOG_LEVEL: 'loud' },
      'HEADGATE_LOG_LEVEL: expected one of `trace`, `debug`, `info`, `warn`, `error`, `silent`, found "loud"',
    ],
    [
      'an algorithm that proves nothing',
      { HEADGATE_AUTH_ALGORITHMS: 'RS256,none' },
      'HEADGATE_AUTH_ALGORITHMS: item 2: expected one of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `ES512`, `EdDSA`, found "none"',
    ],
    [
      'an algorithm with a shared secret',
      { HEADGATE_AUTH_ALGORITHMS: 'HS256' },
      'HEADGATE_AUTH_ALGORITHMS: item 1: expected one of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `ES512`, `EdDSA`, found "HS256"',
    ],
    [
      'every origin at once',
      { HEADGATE_HTTP_CORS_ORIGINS: '*' },
      'HEADGATE_HTTP_CORS_ORIGINS: item 1: expected an origin such as `https://app.example.com` (in lower case, no path, no `*`), found "*"',
    ],
    [
      'an origin with a path',
      { HEADGATE_HTTP_CORS_ORIGINS: 'https://a.example.com/' },
      'HEADGATE_HTTP_CORS_ORIGINS: item 1: expected an origin such as `https://app.example.com` (in lower case, no path, no `*`), found "https://a.example.com/"',
    ],
    [
      'another scheme than http',
      { HEADGATE_REGISTRY_URL: 'ftp://x' },
      'HEADGATE_REGISTRY_URL: expected an `http` or `https` URL without user and password, found "ftp://x"',
    ],
    [
      'a password inside a URL',
      { HEADGATE_REGISTRY_URL: 'http://me:sec/ret@x' },
      'HEADGATE_REGISTRY_URL: expected an `http` or `https` URL without user and password, found "http://[redacted]@x"',
    ],
    [
      'a short message timeout',
      { HEADGATE_KAFKA_MESSAGE_TIMEOUT_MS: '5000' },
      'HEADGATE_KAFKA_MESSAGE_TIMEOUT_MS: expected 120000 or more: a shorter one reports written events as failed; requests are limited by `publish.deadlineMs`',
    ],
    [
      'a fixed property among the secrets',
      { HEADGATE_SECRETS_KAFKA_PARTITIONER: 'random' },
      "HEADGATE_SECRETS_KAFKA_PARTITIONER: `partitioner` cannot be set: keys go to the partitions that Java's producer and Kafka Streams choose (murmur2_random)",
    ],
    [
      'a near miss of a setting beside the Kafka properties',
      { HEADGATE_KAFKA_READER: '3' },
      'HEADGATE_KAFKA_READER: is not known; did you mean `HEADGATE_KAFKA_READERS`?',
    ],
    [
      'a near miss of a secret',
      { HEADGATE_SECRETS_CURSR_FILE: 'x' },
      'HEADGATE_SECRETS_CURSR_FILE: is not known; did you mean `HEADGATE_SECRETS_CURSOR_FILE`?',
    ],
    [
      'a variable that resembles none',
      { HEADGATE_COLOUR_OF_THE_SKY: 'blue' },
      'HEADGATE_COLOUR_OF_THE_SKY: is not known',
    ],
    ['a port that a person set where Kubernetes sets one', { HEADGATE_PORT: '8080' }, 'HEADGATE_PORT: is not known'],
    [
      'a user without a password',
      { HEADGATE_REGISTRY_USERNAME: 'me' },
      'HEADGATE_SECRETS_REGISTRY_PASSWORD: is required with `registry.username`',
    ],
    [
      'a password without a user',
      { HEADGATE_SECRETS_REGISTRY_PASSWORD: 'p' },
      'HEADGATE_REGISTRY_USERNAME: is required with the password of the registry',
    ],
    [
      'a certificate without its key',
      { HEADGATE_REGISTRY_CERT_FILE: 'c' },
      'HEADGATE_REGISTRY_KEY_FILE: is required with `registry.certFile`',
    ],
    [
      'a key without its certificate',
      { HEADGATE_REGISTRY_KEY_FILE: 'c' },
      'HEADGATE_REGISTRY_CERT_FILE: is required with `registry.keyFile`',
    ],
    [
      'a file that is not there',
      { HEADGATE_CONFIG: 'gone.yaml' },
      'HEADGATE_CONFIG: the file gone.yaml cannot be read (ENOENT)',
    ],
    [
      'issuers in a variable',
      { HEADGATE_AUTH_ISSUERS: 'https://b.example.com' },
      'HEADGATE_AUTH_ISSUERS: is not known; did you mean `HEADGATE_AUTH_ISSUER`?',
    ],
    [
      'an empty list of keys',
      { HEADGATE_SECRETS_CURSOR: ' , ' },
      'HEADGATE_SECRETS_CURSOR: expected a list, each 32 characters or more',
    ],
  ]
  for (const [fact, env, fault] of single) {
    test(`refuses ${fact}`, () => {
      assert.deepEqual(
        faultsOf(() => load({ ...least, ...env })),
        [fault],
      )
    })
  }

  test('leaves alone what belongs to others or came from Kubernetes', () => {
    const { config } = load({
      ...least,
      PATH: '/bin',
      HEADGATE_LOCAL_KAFKA_PORT: '1',
      HEADGATE_TEST_X: '1',
      HEADGATE_PORT: 'tcp://10.0.0.1:80',
      HEADGATE_SERVICE_HOST: '10.0.0.1',
      HEADGATE_SERVICE_PORT_HTTP: '80',
      HEADGATE_PORT_80_TCP_ADDR: '10.0.0.1',
      HEADGATE_KAFKA_SERVICE_HOST: '10.0.0.2',
      HEADGATE_KAFKA_PORT: 'tcp://10.0.0.2:9092',
    })

    assert.deepEqual(config.kafka.properties, { 'bootstrap.servers': 'localhost:9092' })
  })
})

suite('the configuration file', () => {
  const broken: [fact: string, yaml: string, faults: string[]][] = [
    [
      'text that is not YAML',
      'http: {port: 1\nlog: [',
      ['hg.yaml, line 2: this is not YAML that can be read (bad indent)'],
    ],
    [
      'a name that occurs twice',
      'http:\n  port: 1\n  port: 2\n',
      ['hg.yaml, line 3: this is not YAML that can be read (duplicate key)'],
    ],
    ['several documents', 'http: {}\n---\nlog: {}\n', ['hg.yaml: expected one YAML document, found several']],
    ['a list', '- http\n', ['hg.yaml: expected a mapping with sections such as `http`, `kafka`, `registry`']],
    [
      'a section that is not known',
      'htpp:\n  port: 1\n',
      ['htpp (hg.yaml, line 1): is not known; did you mean `http`?'],
    ],
    [
      'a value of another type',
      '\nhttp:\n  port: "80"\n',
      ['http.port (hg.yaml, line 3): expected a whole number from 0 to 65535, found "80"'],
    ],
    [
      'Kafka properties that are nested',
      'kafka:\n  properties:\n    ssl: {ca: x}\n',
      ['kafka.properties.ssl (hg.yaml, line 3): expected a text, number or boolean, found {"ca":"x"}'],
    ],
    [
      'an issuer without an audience',
      'auth:\n  issuers:\n    - issuer: https://b.example.com\n',
      ['auth.issuers.0.audience (hg.yaml, line 3): is required: a text'],
    ],
    [
      'a setting of an issuer that is not known',
      'auth:\n  issuers:\n    - {issuer: "https://b.example.com", audience: b, jwksTtlMs: 5}\n',
      ['auth.issuers.0.jwksTtlMs (hg.yaml, line 3): is not known'],
    ],
    [
      'an issuer twice',
      'auth:\n  issuers:\n    - {issuer: "https://issuer.example.com", audience: b}\n',
      ['auth.issuers: has "https://issuer.example.com" twice: an issuer has one entry'],
    ],
    [
      'roles that are a list',
      'auth:\n  scopesOfRoles: [publish]\n',
      ['auth.scopesOfRoles (hg.yaml, line 2): expected a mapping of names to values, found ["publish"]'],
    ],
    [
      'secrets',
      'secrets:\n  cursor: [hush-hush]\n',
      [
        'secrets (hg.yaml, line 1): secrets are not taken from the file; set HEADGATE_SECRETS_… or HEADGATE_SECRETS_…_FILE',
      ],
    ],
    [
      'a secret Kafka property',
      'kafka:\n  properties:\n    sasl.password: hush-hush\n',
      [
        'kafka.properties.sasl.password (hg.yaml, line 3): is a secret, and secrets are not taken from the file; set HEADGATE_SECRETS_KAFKA_SASL_PASSWORD or HEADGATE_SECRETS_KAFKA_SASL_PASSWORD_FILE',
      ],
    ],
    [
      'a fixed Kafka property',
      'kafka:\n  properties:\n    enable.idempotence: true\n',
      [
        'kafka.properties.enable.idempotence (hg.yaml, line 3): `enable.idempotence` cannot be set: retries inside the producer never write an event twice',
      ],
    ],
  ]
  for (const [fact, yaml, faults] of broken) {
    test(`may not hold ${fact}`, () => {
      assert.deepEqual(
        faultsOf(() => withFile(yaml)),
        faults,
      )
    })
  }

  test('may be empty', () => {
    assert.equal(withFile('# nothing\n').config.http.port, 8080)
  })

  test('is bounded in what its aliases multiply to', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(',')}]`)

    const faults = faultsOf(() => withFile(`l0: &l0 x\n${levels.join('\n')}\n`))

    assert.deepEqual(faults, ['hg.yaml, line 1: its aliases cannot be resolved'])
  })
})

suite('secrets', () => {
  const word = 'hush-hush-hush-hush-hush-hush-hush'

  test('come from variables or from the files that they name, trimmed', () => {
    const { config, secrets } = load(
      {
        ...least,
        HEADGATE_SECRETS_CURSOR: undefined,
        HEADGATE_SECRETS_CURSOR_FILE: '/run/cursor',
        HEADGATE_REGISTRY_USERNAME: 'me',
        HEADGATE_SECRETS_REGISTRY_PASSWORD_FILE: '/run/registry',
        HEADGATE_SECRETS_KAFKA_SASL_PASSWORD_FILE: '/run/sasl',
        HEADGATE_SECRETS_KAFKA_SSL_KEY_PASSWORD: 'b',
      },
      { '/run/cursor': `${cursorKey},${word}\n`, '/run/registry': 'r\n', '/run/sasl': ' s \n' },
    )

    assert.deepEqual(secrets, {
      cursor: [cursorKey, word],
      registryPassword: 'r',
      kafka: { 'sasl.password': 's', 'ssl.key.password': 'b' },
    })
    assert.equal('sasl.password' in config.kafka.properties, false)
  })

  for (const property of [
    'sasl.password',
    'ssl.key.password',
    'ssl.key.pem',
    'ssl.keystore.password',
    'sasl.oauthbearer.client.secret',
    'sasl.oauthbearer.assertion.private.key.passphrase',
  ]) {
    test(`take in ${property} from among the plain properties`, () => {
      const variable = `HEADGATE_KAFKA_${property.toUpperCase().replaceAll('.', '_')}`

      const { config, secrets } = load({ ...least, [variable]: word })

      assert.deepEqual(secrets.kafka, { [property]: word })
      assert.equal(JSON.stringify(config).includes(word), false)
    })
  }

  const faulty: [fact: string, env: Env, faults: string[]][] = [
    [
      'too short',
      { HEADGATE_SECRETS_CURSOR: `${word},hush-hush` },
      ['HEADGATE_SECRETS_CURSOR: item 2: expected 32 characters or more'],
    ],
    [
      'in a file that cannot be read',
      { HEADGATE_SECRETS_REGISTRY_PASSWORD_FILE: word },
      ['HEADGATE_SECRETS_REGISTRY_PASSWORD_FILE: the file that it names cannot be read (ENOENT)'],
    ],
    [
      'in an empty file',
      { HEADGATE_SECRETS_REGISTRY_PASSWORD_FILE: 'empty' },
      ['HEADGATE_SECRETS_REGISTRY_PASSWORD_FILE: the file that it names is empty'],
    ],
    [
      'given twice',
      { HEADGATE_SECRETS_CURSOR_FILE: 'full' },
      ['HEADGATE_SECRETS_CURSOR_FILE: sets what HEADGATE_SECRETS_CURSOR sets too; keep one of them'],
    ],
    [
      'given under two names',
      { HEADGATE_KAFKA_SASL_PASSWORD: word, HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: word },
      ['HEADGATE_SECRETS_KAFKA_SASL_PASSWORD: sets what HEADGATE_KAFKA_SASL_PASSWORD sets too; keep one of them'],
    ],
    [
      'under a name that is not known',
      { HEADGATE_SECRETS_CURSORS: word },
      ['HEADGATE_SECRETS_CURSORS: is not known; did you mean `HEADGATE_SECRETS_CURSOR`?'],
    ],
  ]
  for (const [fact, env, faults] of faulty) {
    test(`are not shown where one is ${fact}`, () => {
      const shown = faultsOf(() => load({ ...least, ...env }, { empty: ' \n', full: word }))

      assert.deepEqual(shown, faults)
      assert.equal(shown.join().includes('hush'), false)
    })
  }
})
