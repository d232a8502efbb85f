import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import type { ProblemCode } from '../../../src/errors/problems.ts'
import { PartHealth } from '../../../src/observability/part-health.ts'
import { RegistryClient } from '../../../src/schemas/registry-client.ts'
import { RegistrySubjects } from '../../../src/schemas/registry-subjects.ts'
import { type Answer, answerJson, misbehaviours, RegistryStub } from '../../support/registry-stub.ts'

async function startSubjects(t: TestContext, misbehave: Answer) {
  const stub = await RegistryStub.start()
  t.after(() => stub[Symbol.asyncDispose]())
  stub.misbehave = misbehave
  const health = new PartHealth('registry')
  const config = { url: stub.url, timeoutMs: 1_000, latestTtlMs: 1 }
  const client = new RegistryClient(config, { cursor: [], kafka: {} }, health)
  t.after(() => client[Symbol.asyncDispose]())
  return { stub, health, subjects: new RegistrySubjects(client) }
}

const schema = { schemaType: 'AVRO', schema: '"int"', references: [] }
const denial =
  (status: number, code: number): Answer =>
  (res) =>
    answerJson(res, status, { error_code: code, message: 'io.confluent.rest.exceptions.RestException at 10.0.0.7' })

suite('what a registry denies', () => {
  // Confluent's and Karapace's statuses; Apicurio has 409 for those of deletion.
  const table: [status: number, code: number, problem: ProblemCode][] = [
    [404, 40401, 'subject-not-found'],
    [404, 40402, 'schema-version-not-found'],
    [404, 40403, 'schema-id-not-found'],
    [404, 40404, 'already-deleted'],
    [404, 40405, 'not-yet-deleted'],
    [404, 40406, 'already-deleted'],
    [404, 40407, 'not-yet-deleted'],
    [409, 40405, 'not-yet-deleted'],
    [409, 40406, 'already-deleted'],
    [409, 409, 'schema-incompatible'],
    [422, 42201, 'schema-invalid'],
    [422, 42202, 'schema-version-not-found'],
    [422, 42205, 'registry-refused'],
    [422, 42206, 'schema-in-use'],
    [422, 42299, 'registry-refused'],
  ]
  for (const [status, code, problem] of table) {
    test(`${status} with ${code} is ${problem}, without a word of the registry`, async (t) => {
      const { subjects, health } = await startSubjects(t, denial(status, code))

      await assert.rejects(subjects.register('orders', schema), (error: Error & { code?: string }) => {
        assert.equal(error.code, problem)
        assert.doesNotMatch(error.message, /confluent|10\.0\.0\.7|\d{5}/)
        return true
      })
      assert.equal(health.current.state, 'up')
    })
  }

  test('is registry-unavailable where it is no answer of a registry, or one about the gateway', async (t) => {
    const { subjects, stub, health } = await startSubjects(t, denial(401, 40101))
    const answers = [
      denial(401, 40101),
      denial(403, 40301),
      denial(404, 404),
      denial(500, 50001),
      misbehaviours['answers 200 with HTML'],
    ]

    for (const misbehave of answers) {
      stub.misbehave = misbehave
      await assert.rejects(subjects.list(false), { code: 'registry-unavailable' })
      assert.equal(health.current.state, 'down')
      stub.misbehave = (res) => answerJson(res, 200, [])
      await t.waitFor(() => subjects.list(false), { timeout: 3_000 })
    }
  })
})

suite('the level of a subject', () => {
  const ofRegistry = (own: [number, object], effective: [number, object], global = 'BACKWARD'): Answer => {
    return (res, { url = '' }) => {
      if (url === '/config') answerJson(res, 200, { compatibilityLevel: global })
      else answerJson(res, ...(url.includes('defaultToGlobal') ? effective : own))
    }
  }
  const level = (name: string): [number, object] => [200, { compatibilityLevel: name }]
  const notSet: [number, object] = [404, { error_code: 40408, message: 'not set' }]
  const notFound: [number, object] = [404, { error_code: 40401, message: 'no subject' }]
  const table: Record<string, [Answer, { level: string; inherited: boolean }]> = {
    'its own': [ofRegistry(level('FULL'), level('FULL')), { level: 'FULL', inherited: false }],
    "the global one, as Confluent's registry says it": [
      ofRegistry(notSet, level('FORWARD')),
      { level: 'FORWARD', inherited: true },
    ],
    "the global one, as Apicurio's says it": [
      ofRegistry(level('NONE'), level('FULL')),
      { level: 'FULL', inherited: true },
    ],
    'the global one where there is no such subject': [
      ofRegistry(notFound, notFound, 'FULL_TRANSITIVE'),
      { level: 'FULL_TRANSITIVE', inherited: true },
    ],
  }
  for (const [what, [answer, expected]] of Object.entries(table)) {
    test(`is ${what}`, async (t) => {
      const { subjects } = await startSubjects(t, answer)

      assert.deepEqual(await subjects.level('orders'), expected)
    })
  }

  test('is unset also where there was none', async (t) => {
    const { subjects, stub } = await startSubjects(t, (res) => answerJson(res, ...notSet))

    await subjects.unsetLevel('a/b')

    assert.deepEqual(stub.hits, ['DELETE /config/a%2Fb'])
  })
})

test('RegistrySubjects asks by the paths of Confluent’s API', async (t) => {
  const answers: Record<string, unknown> = {
    'GET /subjects': ['a'],
    'GET /subjects?deleted=true': ['a', 'b'],
    'GET /subjects/a%2Fb/versions': [1],
    'GET /subjects/a%2Fb/versions?deleted=true': [1, 2],
    'GET /subjects/a%2Fb/versions/2?deleted=true': { subject: 'a/b', version: 2, id: 7, schema: '"int"' },
    'GET /schemas/ids/7/versions': [{ subject: 'a/b', version: 2 }],
    'POST /subjects/a%2Fb/versions': { id: 7 },
    'DELETE /subjects/a%2Fb/versions/2': 2,
    'DELETE /subjects/a%2Fb?permanent=true': [1, 2],
    'PUT /config': { compatibility: 'FULL' },
    'PUT /config/a%2Fb': { compatibility: 'NONE', normalize: false },
  }
  const { subjects, stub } = await startSubjects(t, (res, req) =>
    answerJson(res, 200, answers[`${req.method} ${req.url}`]),
  )

  assert.deepEqual(
    [
      await subjects.list(false),
      await subjects.list(true),
      await subjects.versions('a/b', false),
      await subjects.versions('a/b', true),
      (await subjects.version('a/b', 2, true)).id,
      await subjects.usesOf(7),
      await subjects.register('a/b', schema),
      await subjects.deleteVersion('a/b', 2, false),
      await subjects.deleteSubject('a/b', true),
      await subjects.setLevel('FULL'),
      await subjects.setLevel('NONE', 'a/b'),
    ],
    [['a'], ['a', 'b'], [1], [1, 2], 7, [{ subject: 'a/b', version: 2 }], 7, 2, [1, 2], undefined, undefined],
  )
  assert.deepEqual(stub.hits, Object.keys(answers))
})
