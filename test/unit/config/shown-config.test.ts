import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigError } from '../../../src/config/config-error.ts'
import { secretSettings, settings } from '../../../src/config/settings.ts'
import { shownConfig } from '../../../src/config/shown-config.ts'

const required = {
  HEADGATE_REGISTRY_URL: 'http://registry.test',
  HEADGATE_AUTH_ISSUER: 'https://issuer.test',
  HEADGATE_AUTH_AUDIENCE: 'headgate',
  HEADGATE_KAFKA_BOOTSTRAP_SERVERS: 'broker:9092',
  HEADGATE_SECRETS_CURSOR: 'c'.repeat(40),
}
const yaml = `
http:
  port: 9090
kafka:
  properties:
    client.id: of-the-file
auth:
  issuers:
    - issuer: https://second.test
      audience: other
  scopesOfRoles:
    operator: [publish, read]
`
const shown = (env: Record<string, string> = {}, readFile: (path: string) => string = () => yaml) =>
  new Map(shownConfig({ ...required, ...env }, readFile).map(({ name, ...rest }) => [name, rest]))

suite('the configuration that is shown', () => {
  test('has every setting and every secret, by name', () => {
    const names = [...shown().keys()]

    for (const { path } of [...settings, ...secretSettings]) assert.ok(names.includes(path.join('.')), path.join('.'))
    assert.equal(new Set(names).size, names.length)
  })

  test('says where each comes from: a variable, a line of the file, or the default', () => {
    const found = shown({ HEADGATE_CONFIG: '/etc/headgate.yaml', HEADGATE_LOG_LEVEL: 'debug' })

    assert.deepEqual(found.get('log.level'), { value: 'debug', origin: 'HEADGATE_LOG_LEVEL' })
    assert.deepEqual(found.get('http.port'), { value: 9090, origin: '/etc/headgate.yaml, line 3' })
    assert.deepEqual(found.get('http.host'), { value: '127.0.0.1', origin: 'default' })
    assert.deepEqual(found.get('http.publicUrl'), { value: undefined, origin: 'default' })
    assert.deepEqual(found.get('kafka.properties.client.id'), {
      value: 'of-the-file',
      origin: '/etc/headgate.yaml, line 6',
    })
    const bootstrap = { value: 'broker:9092', origin: 'HEADGATE_KAFKA_BOOTSTRAP_SERVERS' }
    assert.deepEqual(found.get('kafka.properties.bootstrap.servers'), bootstrap)
    assert.deepEqual(found.get('auth.issuers.0.audience'), { value: 'other', origin: '/etc/headgate.yaml, line 10' })
    assert.deepEqual(found.get('auth.issuers.0.algorithms'), { value: ['RS256', 'ES256'], origin: 'default' })
    const role = { value: ['publish', 'read'], origin: '/etc/headgate.yaml, line 12' }
    assert.deepEqual(found.get('auth.scopesOfRoles.operator'), role)
  })

  test('has the variable where the file has the setting too', () => {
    const found = shown({ HEADGATE_CONFIG: '/etc/headgate.yaml', HEADGATE_HTTP_PORT: '1' })

    assert.deepEqual(found.get('http.port'), { value: 1, origin: 'HEADGATE_HTTP_PORT' })
  })

  test('says of a secret that it is set and by what, never what it is', () => {
    const canary = 'canary-which-nobody-may-print-0123456789'
    const direct = Object.fromEntries(secretSettings.map(({ env }) => [env, canary]))
    const byFile = Object.fromEntries(secretSettings.map(({ env }) => [`${env}_FILE`, `/run/${canary}`]))
    const more = {
      HEADGATE_REGISTRY_USERNAME: 'gateway',
      HEADGATE_KAFKA_SASL_PASSWORD: canary,
      HEADGATE_SECRETS_KAFKA_SSL_KEY_PASSWORD_FILE: '/run/key-password',
      HEADGATE_KAFKA_SASL_PASWORD: canary,
      HEADGATE_KAFKA_SASL_OAUTHBEARER_CONFIG: canary,
      HEADGATE_KAFKA_HTTPS_PROXY: `http://gateway:${canary}@proxy.test`,
    }
    for (const [env, isFile] of [
      [direct, false],
      [{ ...byFile, HEADGATE_SECRETS_CURSOR: '' }, true],
    ] as const) {
      const found = shown({ ...env, ...more }, () => canary)

      assert.ok(!JSON.stringify([...found]).includes(canary))
      for (const { path, env: variable } of secretSettings) {
        assert.deepEqual(found.get(path.join('.')), { value: 'set', origin: isFile ? `${variable}_FILE` : variable })
      }
      assert.deepEqual(found.get('secrets.kafka.sasl.password'), {
        value: 'set',
        origin: 'HEADGATE_KAFKA_SASL_PASSWORD',
      })
      assert.equal(found.get('secrets.kafka.ssl.key.password')?.value, 'set')
      assert.equal(found.get('kafka.properties.sasl.pasword')?.value, 'set')
      assert.equal(found.get('kafka.properties.https.proxy')?.value, 'http://[redacted]@proxy.test')
    }
  })

  test('is none where a setting is wrong: all faults are thrown', () => {
    assert.throws(
      () => shown({ HEADGATE_HTTP_PORT: 'eighty', HEADGATE_LOG_LEVEL: 'loud' }),
      (error) => error instanceof ConfigError && error.faults.length === 2,
    )
  })
})
