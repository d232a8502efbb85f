import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { pino } from 'pino'
import { configSchema } from '../../../src/config/config.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import { type AuditedChange, noAudit } from '../../../src/observability/audit.ts'
import type { Level } from '../../../src/schemas/evolution/level.ts'
import type { StoredSchema, SubjectVersion } from '../../../src/schemas/registry-client.ts'
import type { RegistrySubjects } from '../../../src/schemas/registry-subjects.ts'
import { SchemaAdministration } from '../../../src/schemas/schema-administration.ts'

const stored = (schema: unknown, schemaType = 'AVRO'): StoredSchema => ({
  schemaType,
  schema: JSON.stringify(schema),
  references: [],
})
const recordOf = (...names: string[]) => ({
  type: 'record',
  name: 'R',
  fields: names.map((name) => ({ name, type: 'int' })),
})

const request = { who: { kind: 'nobody', id: null }, from: null, requestId: 'r', operation: null } as const
const configured = configSchema.parse({
  registry: { url: 'http://127.0.0.1:1' },
  auth: { issuer: 'http://127.0.0.1:1', audience: 'test' },
})
const alice = { principal: { id: 'alice' }, request }

/** A registry that has these versions, and takes whatever is registered. */
function administrationOf(level: Level, schemas: StoredSchema[], register?: RegistrySubjects['register']) {
  const refreshed: string[] = []
  const logged: object[] = []
  const audited: AuditedChange[] = []
  const versions = schemas.map((schema, index): SubjectVersion => {
    return { subject: 'orders', version: index + 1, id: 10 + index, ...schema }
  })
  const same = (schema: StoredSchema) => versions.find((version) => version.schema === schema.schema)
  const subjects = {
    versions: async () => versions.map(({ version }) => version),
    version: async (_subject: string, version: number | 'latest') =>
      versions.at(version === 'latest' ? -1 : version - 1),
    level: async () => ({ level, inherited: true }),
    register:
      register ??
      (async (subject: string, schema: StoredSchema) => {
        versions.push({ subject, version: versions.length + 1, id: 99, ...schema })
        return 99
      }),
  } as unknown as RegistrySubjects
  const administration = new SchemaAdministration({
    client: {
      byId: async () => undefined,
      version: async () => undefined,
      versionOf: async (_subject, schema) => same(schema),
    },
    subjects,
    audit: {
      ...noAudit,
      change: async (_request, change, act, known = () => change) => {
        const result = await act()
        audited.push(known(result))
        return result
      },
    },
    catalog: { refresh: async (subject) => void refreshed.push(subject) },
    policy: configured.governance,
    log: pino({ base: null, timestamp: false }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
  })
  return { administration, refreshed, logged, audited }
}

suite('registering a schema', () => {
  test('refreshes what is cached of the subject, and says who did it, in the log and in the audit', async () => {
    const { administration, refreshed, logged, audited } = administrationOf('BACKWARD', [stored(recordOf('a'))])

    const { ref, isNew } = await administration.register('orders', stored(recordOf()), alice)

    assert.deepEqual([ref, isNew], [{ subject: 'orders', version: 2, id: 99 }, true])
    assert.deepEqual(refreshed, ['orders'])
    const details = { schemaId: 99 }
    const [{ change, subject, by, details: told } = {} as Record<string, unknown>] = logged as Record<string, unknown>[]
    assert.deepEqual(
      { change, subject, by, told },
      { change: 'schema-registered', subject: 'orders', by: 'alice', told: details },
    )
    assert.deepEqual(audited, [{ event: 'schema-registered', resource: { kind: 'subject', name: 'orders' }, details }])
  })

  test('that the subject has changes nothing, whatever the level says', async () => {
    const { administration, refreshed, audited } = administrationOf(
      'FULL_TRANSITIVE',
      [stored('int'), stored('string')],
      () => assert.fail('it was registered'),
    )

    const known = await administration.register('orders', stored('int'), alice)

    assert.deepEqual([known.ref, known.isNew], [{ subject: 'orders', version: 1, id: 10 }, false])
    assert.deepEqual([refreshed, audited], [[], []])
  })

  test('that the registry takes for one it has is not new', async () => {
    const { administration } = administrationOf('NONE', [stored('int')], async () => 10)

    const { ref, isNew } = await administration.register('orders', stored({ type: 'int', doc: 'x' }), alice)

    assert.deepEqual([ref, isNew], [{ subject: 'orders', version: 1, id: 10 }, false])
  })

  test('that the level does not allow never reaches the registry', async () => {
    const { administration } = administrationOf('BACKWARD', [stored(recordOf('a'))], () =>
      assert.fail('it was registered'),
    )

    await assert.rejects(administration.register('orders', stored(recordOf('a', 'b')), alice), {
      code: 'schema-incompatible',
    })
  })

  test('that the registry alone refuses is refused, and says so', async () => {
    const { administration, refreshed } = administrationOf('BACKWARD', [stored(recordOf('a'))], async () => {
      throw new GatewayError('schema-incompatible', 'The gateway found no reason.')
    })

    await assert.rejects(administration.register('orders', stored(recordOf()), alice), (error: GatewayError) => {
      assert.deepEqual([error.code, error.extras.members], ['schema-incompatible', undefined])
      return true
    })
    assert.deepEqual(refreshed, [])
  })

  test('after versions that are not Avro is left to the registry, and cannot be checked', async () => {
    const { administration } = administrationOf('BACKWARD', [stored({ type: 'object' }, 'JSON')])

    await assert.rejects(administration.check('orders', stored('int')), {
      code: 'schema-unusable',
      message: 'Version 1 of "orders" cannot be compared with: it is of the type JSON, and not Avro.',
    })
    assert.equal((await administration.register('orders', stored('int'), alice)).isNew, true)
  })
})

test('a check lists a thousand changes and findings at most, and says how many there are more', async () => {
  const names = Array.from({ length: 1_200 }, (_, index) => `f${index}`)
  const { administration } = administrationOf('FULL', [stored(recordOf())])

  const { changes, findings, compatible } = await administration.check('orders', stored(recordOf(...names)))

  assert.deepEqual([changes.items.length, changes.omitted, compatible], [1_000, 200, false])
  assert.deepEqual([findings.items.length, findings.count > 1_200], [1_000, true])
})
