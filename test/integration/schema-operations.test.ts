import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { gatewayFor, startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { type OwnPart, startOwnRegistry } from '../support/parts.ts'
import { pollUntil } from '../support/poll.ts'
import { issueToken } from '../support/tokens.ts'

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const id = field('id', 'string')
const vat = field('vat', 'int')
const recordOf = (...fields: object[]) => ({ type: 'record', name: 'Order', namespace: 'org.shop', fields })
const [first, second, third] = [
  recordOf(id),
  recordOf(id, field('note', ['null', 'string'], { default: null })),
  recordOf(id, field('note', ['null', 'string'], { default: null }), field('qty', 'int', { default: 1 })),
]

suite('schemas over the gateway, before a real registry', () => {
  let registry: OwnPart<{ url: string }>
  let env: Record<string, string>
  let gateway: TestGateway
  let api: TestGateway['api']
  before(async () => {
    registry = await startOwnRegistry()
    env = { HEADGATE_REGISTRY_URL: registry.url, HEADGATE_REGISTRY_TIMEOUT_MS: '30000' }
    gateway = await startGateway({ env })
    api = gateway.api
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await registry[Symbol.asyncDispose]()
  })

  const versionsOf = (subject: string) => `/v1/schemas/${subject}/versions`
  const register = (subject: string, schema: unknown, more: object = {}, token?: string) =>
    api.post(versionsOf(subject), { schema, ...more }, token === undefined ? {} : { token })
  const check = async (subject: string, schema: unknown, more: object = {}) =>
    (await api.post(`${versionsOf(subject)}?dryRun=true`, { schema, ...more })).body
  const remove = (path: string) => api.call(path, { method: 'DELETE' })
  const setLevel = (subject: string, level: string) =>
    api.call(`/v1/schemas/${subject}/compatibility`, { method: 'PUT', body: { level } })

  /** A subject of its own that has these versions. */
  async function subjectWith(...schemas: unknown[]): Promise<string> {
    const subject = uniqueName('orders-value')
    for (const schema of schemas) assert.equal((await register(subject, schema)).status, 201)
    return subject
  }
  const assertProblem = (answer: ApiAnswer, status: number, code: string) => {
    assert.deepEqual([answer.status, answer.body.code], [status, code], answer.text)
    assert.doesNotMatch(answer.text, /error_code|apicurio|\b(404|422)\d\d\b/i)
  }

  suite('registering', () => {
    test('answers 201 with version, id and place, and 200 with the same where the subject has it', async () => {
      const subject = uniqueName('orders-value')

      const created = await register(subject, first)
      const again = await register(subject, JSON.stringify(first))

      assert.equal(created.status, 201)
      assert.deepEqual([created.body.subject, created.body.version], [subject, 1])
      assert.equal(created.headers.get('location'), `${versionsOf(subject)}/1`)
      const { findings: _findings, omittedFindings: _omitted, ...ref } = created.body
      assert.deepEqual([again.status, again.body], [200, ref])
      assert.deepEqual((await api.get(versionsOf(subject))).body.versions, [{ version: 1, deleted: false }])
    })

    test('takes a schema as JSON or as text, also a plain type, with every digit of its numbers', async () => {
      const exact = `{"type":"record","name":"Big","fields":[{"name":"n","type":"long","default":9007199254740993}]}`
      const [asJson, asText] = [uniqueName('json'), uniqueName('text')]

      const created = await api.call(versionsOf(asJson), { method: 'POST', body: `{"schema":${exact}}` })
      const plain = await register(asText, '"string"')

      assert.equal(created.status, 201, created.text)
      assert.equal((await api.get(`${versionsOf(asJson)}/1`)).body.schema, exact)
      assert.equal(plain.status, 201, plain.text)
      assert.equal((await api.get(`${versionsOf(asText)}/latest`)).body.schema, '"string"')
    })

    test('refuses what the level does not allow, and says what to do about it', async () => {
      const subject = await subjectWith(first, second)

      const refused = await register(subject, recordOf(id, vat))

      assertProblem(refused, 409, 'schema-incompatible')
      assert.equal(refused.body.level, 'BACKWARD')
      assert.equal(
        refused.body.detail,
        `The level BACKWARD of "${subject}" does not allow 1 change, which breaks version 2.`,
      )
      assert.deepEqual(refused.body.changes, [
        {
          kind: 'field-added',
          path: 'vat',
          pointer: '/fields/1',
          message: 'The field `vat` of type `int` was added, without a default.',
          after: 'int',
          versions: [2],
          breaks: [
            {
              direction: 'backward',
              why: 'Events of the earlier version have no `vat`, and it has no default to take its place.',
              fix: 'Give `vat` a default.',
              versions: [2],
              levels: ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'],
            },
          ],
        },
      ])
      assert.equal((await api.get(versionsOf(subject))).body.versions.length, 2)
    })

    test('obeys the level of the subject: what one forbids another one allows', async () => {
      const subject = await subjectWith(first)
      const candidate = recordOf(id, vat)
      const expected = { BACKWARD: 409, FULL: 409, BACKWARD_TRANSITIVE: 409, FULL_TRANSITIVE: 409, FORWARD: 201 }

      for (const [level, status] of Object.entries(expected)) {
        assert.equal((await setLevel(subject, level)).status, 200)
        assert.equal((await register(subject, candidate)).status, status, level)
      }
      assert.equal((await setLevel(subject, 'NONE')).status, 200)
      assert.equal((await register(subject, '"int"')).status, 201)
    })

    test('of what is no schema is 422, whether the gateway or the registry sees it', async () => {
      const subject = await subjectWith(first)
      const wrong: [schema: unknown, detail: RegExp][] = [
        ['{"type":"record"', /not valid/],
        [{ type: 'record', name: 'Order' }, /"Order" has no fields/],
        [recordOf(field('a', 'Unknown')), /no type "org\.shop\.Unknown"/],
        [recordOf(field('a', 'int', { default: 'x' })), /The default of the field "a"/],
        [recordOf(id, id), /field "id" twice/],
      ]

      for (const [schema, detail] of wrong) {
        const refused = await register(subject, schema)
        assertProblem(refused, 422, 'schema-invalid')
        assert.match(refused.body.detail, detail)
        const { valid, allowed, compatible, faults, findings, changes } = await check(subject, schema)
        assert.deepEqual([valid, allowed, compatible, findings, changes], [false, false, false, [], []])
        assert.equal(faults.length, 1)
      }
    })

    test('that has several faults is told all of them by a check, each where it stands', async () => {
      const inner = { type: 'record', name: 'Inner', fields: [field('b', 'sting'), field('b', 'int')] }
      const told = async (schema: unknown) =>
        (await check(uniqueName('faulty'), schema)).faults.map(
          ({ pointer, path, message }: Record<string, string>) => `${pointer} ${path} ${message}`,
        )

      assert.deepEqual(await told(recordOf(field('a', 'Nothing'), field('list', { type: 'array', items: inner }))), [
        '/fields/0/type a There is no type "org.shop.Nothing".',
        '/fields/1/type/items/fields/0/type list[].b There is no type "org.shop.sting". Did you mean "string"?',
        '/fields/1/type/items/fields/1/name list[] The record has the field "b" twice.',
      ])
      assert.deepEqual(
        await told(recordOf(field('a', 'int', { default: 'x' }), id, field('c', 'string', { default: 1 }))),
        [
          '/fields/0/default a The default of the field "a" of "org.shop.Order" does not match its type.',
          '/fields/2/default c The default of the field "c" of "org.shop.Order" does not match its type.',
        ],
      )
    })

    test('of a body that is not as documented is 400, with each fault', async () => {
      const subject = uniqueName('orders-value')
      const bodies: [body: unknown, pointer: string][] = [
        [{}, ''],
        [{ schema: 1 }, '/schema'],
        [{ schema: '"int"', schemaType: 'PROTOBUF' }, '/schemaType'],
        [{ schema: '"int"', more: 1 }, ''],
        [{ schema: '"int"', references: [{ name: 'a', subject: 'b' }] }, '/references/0'],
      ]
      for (const [body, pointer] of bodies) {
        const answer = await api.post(versionsOf(subject), body)
        assertProblem(answer, 400, 'invalid-body')
        assert.equal(answer.body.faults[0].pointer, pointer)
      }
    })

    test('is seen at once by publishing on this replica, and on others within the time to live', async (t) => {
      const other = await gatewayFor(t, {
        env: { ...env, HEADGATE_REGISTRY_LATEST_TTL_MS: '500' },
      })
      const topic = await createTopic(t)
      const publish = (to: TestGateway, value: unknown) => to.api.post(`/v1/topics/${topic}/events`, value)
      const versionAt = async (to: TestGateway) => (await publish(to, { id: 'a' })).body.schema?.version
      await register(`${topic}-value`, first)
      assert.deepEqual([await versionAt(gateway), await versionAt(other)], [1, 1])

      await register(`${topic}-value`, second)

      assert.equal(await versionAt(gateway), 2)
      await pollUntil(async () => (await versionAt(other)) === 2, 5_000)
    })
  })

  suite('a check of a candidate', () => {
    test('tells every change, and for each level what it breaks, without registering anything', async () => {
      const subject = await subjectWith(first, second, third)

      const found = await check(subject, recordOf(field('id', 'bytes'), vat))

      const { changes, levels, findings, ...rest } = found
      assert.deepEqual(rest, {
        subject,
        valid: true,
        faults: [],
        omittedFaults: 0,
        allowed: true,
        omittedFindings: 0,
        registered: null,
        level: 'BACKWARD',
        inherited: true,
        compatible: false,
        comparedWith: [1, 2, 3],
        omittedChanges: 0,
      })
      assert.deepEqual(
        levels.map(({ level, broken }: { level: string; broken: number[] }) => [level, broken]),
        [
          ['NONE', []],
          ['BACKWARD', [3]],
          ['BACKWARD_TRANSITIVE', [3, 2, 1]],
          ['FORWARD', []],
          ['FORWARD_TRANSITIVE', []],
          ['FULL', [3]],
          ['FULL_TRANSITIVE', [3, 2, 1]],
        ],
      )
      assert.ok(findings.length > 0 && findings.every(({ level }: { level: string }) => level === 'warn'))
      const told = changes.map(({ kind, path, versions }: Record<string, unknown>) => [kind, path, versions])
      assert.deepEqual(told, [
        ['type-changed', 'id', [3]],
        ['field-added', 'vat', [3, 2, 1]],
        ['field-removed', 'note', [3]],
        ['field-removed', 'qty', [3]],
      ])
      assert.equal((await api.get(versionsOf(subject))).body.versions.length, 3)
    })

    test('knows a version that there is already, and a subject that there is not yet', async () => {
      const subject = await subjectWith(first, second)

      assert.equal((await check(subject, first)).registered.version, 1)
      const ofNew = await check(uniqueName('new'), first)
      assert.deepEqual([ofNew.compatible, ofNew.comparedWith, ofNew.level], [true, [], 'BACKWARD'])
    })

    test('agrees with what registering does, at every level', async () => {
      const candidates = [
        first,
        recordOf(vat),
        recordOf(id, vat),
        recordOf(field('id', 'bytes')),
        { ...first, name: 'Other' },
      ]
      const counted = { yes: 0, no: 0 }

      for (const level of [
        'BACKWARD',
        'FORWARD',
        'FULL',
        'BACKWARD_TRANSITIVE',
        'FORWARD_TRANSITIVE',
        'FULL_TRANSITIVE',
      ]) {
        for (const candidate of candidates.slice(1)) {
          const subject = await subjectWith(first, second)
          await setLevel(subject, level)
          const { compatible } = await check(subject, candidate)
          const { status } = await register(subject, candidate)
          assert.equal(status, compatible ? 201 : 409, `${level} ${JSON.stringify(candidate)}`)
          counted[compatible ? 'yes' : 'no']++
        }
      }
      assert.ok(counted.yes >= 4 && counted.no >= 10, JSON.stringify(counted))
    })
  })

  suite('the policy', () => {
    const price = field('price', 'double')
    const documented = (schema: object) => ({ ...schema, doc: 'One.' })
    let strict: TestGateway
    before(async () => {
      strict = await startGateway({ env: { ...env, HEADGATE_GOVERNANCE_RULES_MONEY_TYPE: 'refuse' } })
    })
    after(() => strict?.[Symbol.asyncDispose]())

    const registerThere = (subject: string, schema: unknown, more: object = {}) =>
      strict.api.post(versionsOf(subject), { schema, ...more })
    const checkThere = async (subject: string, schema: unknown) =>
      (await strict.api.post(`${versionsOf(subject)}?dryRun=true`, { schema })).body
    const told = (findings: Record<string, string>[]) =>
      findings.map(({ rule, level, pointer, path }) => [rule, level, pointer, path])

    test('refuses to register what it does not allow, and says where, why and what would mend it', async () => {
      const subject = uniqueName('orders-value')

      const refused = await registerThere(subject, recordOf(id, price))

      assertProblem(refused, 422, 'schema-refused-by-policy')
      assert.equal(refused.body.detail, 'The policy refuses the schema for 1 reason.')
      assert.equal(refused.body.omittedFindings, 0)
      assert.deepEqual(refused.body.findings, [
        {
          rule: 'money-type',
          level: 'refuse',
          pointer: '/fields/1/type',
          path: 'price',
          message: 'The field `price` is named like money, and a double cannot hold 0.10 exactly.',
          fix: 'Use {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}, or a long of the smallest unit.',
        },
      ])
      assertProblem(await api.get(versionsOf(subject)), 404, 'subject-not-found')
    })

    test('warns in the answer of a registration, and no longer where that is mended', async () => {
      const warned = await registerThere(uniqueName('orders-value'), documented(recordOf(id)))
      const silent = await registerThere(uniqueName('orders-value'), documented(recordOf(documented(id))))

      assert.deepEqual([warned.status, told(warned.body.findings)], [201, [['field-doc', 'warn', '/fields/0', 'id']]])
      assert.deepEqual([silent.status, silent.body.findings, silent.body.omittedFindings], [201, [], 0])
    })

    test('comes after validity and before compatibility, and a check tells all of it at once', async () => {
      const subject = await subjectWith(first)
      const candidate = documented(recordOf(documented(id), price, vat))

      const found = await checkThere(subject, candidate)

      assert.deepEqual([found.valid, found.allowed, found.compatible], [true, false, false])
      assert.deepEqual(told(found.findings), [
        ['field-doc', 'warn', '/fields/1', 'price'],
        ['money-type', 'refuse', '/fields/1/type', 'price'],
        ['field-doc', 'warn', '/fields/2', 'vat'],
      ])
      assert.ok(found.changes.some(({ path }: { path: string }) => path === 'vat'))
      assertProblem(await registerThere(subject, candidate), 422, 'schema-refused-by-policy')
      assertProblem(await registerThere(subject, recordOf(id, vat)), 409, 'schema-incompatible')
      assertProblem(await registerThere(subject, recordOf(price, price)), 422, 'schema-invalid')
    })

    test('says nothing of what the subject has already, nor of types that other subjects define', async () => {
      const item = { type: 'record', name: 'Item', namespace: 'org.shop', fields: [price] }
      const of = await subjectWith(item)
      const references = [{ name: 'org.shop.Item', subject: of, version: 1 }]
      const order = documented(recordOf(documented(field('item', 'Item'))))

      const again = await registerThere(of, item)
      const using = await registerThere(uniqueName('orders-value'), order, { references })

      assert.deepEqual([again.status, again.body.version], [200, 1])
      assert.deepEqual([using.status, using.body.findings], [201, []], using.text)
    })

    test('lists a thousand findings at most, and counts the others', async () => {
      const fields = Array.from({ length: 1_100 }, (_, index) => field(`price${index}`, 'double'))
      const subject = uniqueName('orders-value')

      const refused = await registerThere(subject, recordOf(...fields))
      const found = await checkThere(subject, recordOf(...fields))

      assert.deepEqual([refused.body.findings.length, refused.body.omittedFindings], [1_000, 100])
      assert.match(refused.body.detail, /for 1100 reasons/)
      // Of the record: its documentation and its size.
      assert.deepEqual([found.findings.length, found.omittedFindings, found.allowed], [1_000, 1_202, false])
    })
  })

  suite('references', () => {
    const address = { type: 'record', name: 'Address', namespace: 'org.shop', fields: [field('city', 'string')] }
    const order = recordOf(field('to', 'Address'), field('from', ['null', 'Address'], { default: null }))

    test('are fetched, judged through, and written in where that is asked for', async () => {
      const of = await subjectWith(address)
      const references = [{ name: 'org.shop.Address', subject: of, version: 1 }]
      const subject = uniqueName('orders-value')
      const created = await register(subject, order, { references })
      assert.equal(created.status, 201, created.text)

      const plain = await api.get(`${versionsOf(subject)}/1`)
      const resolved = await api.get(`${versionsOf(subject)}/latest?resolved=true`)
      const byId = await api.get(`/v1/schemas/${created.body.id}?resolved=true`)

      assert.deepEqual(JSON.parse(plain.body.schema), order)
      assert.deepEqual([plain.body.references, 'resolved' in plain.body], [references, false])
      const written = recordOf(field('to', address), order.fields[1] as object)
      assert.deepEqual([resolved.body.resolved, byId.body.resolved], [written, written])

      const next = { ...address, fields: [field('city', 'string'), field('zip', 'string')] }
      await setLevel(of, 'NONE')
      assert.equal((await register(of, next)).status, 201)
      const found = await check(subject, order, { references: [{ ...references[0], version: 2 }] })
      assert.deepEqual([found.compatible, found.changes.length], [false, 1])
      assert.deepEqual([found.changes[0].path, found.changes[0].pointer], ['to.zip', '/fields/0/type/fields/1'])
    })

    test('are no faults beside those of the schema itself', async () => {
      const of = await subjectWith(address)
      const references = [{ name: 'org.shop.Address', subject: of, version: 1 }]

      const { faults } = await check(uniqueName('orders-value'), recordOf(field('to', 'Address'), id, id), {
        references,
      })

      assert.deepEqual(
        faults.map(({ pointer }: { pointer: string }) => pointer),
        ['/fields/2/name'],
      )
    })

    test('that lead nowhere make a schema invalid', async () => {
      const references = [{ name: 'org.shop.Address', subject: uniqueName('nowhere'), version: 3 }]

      const refused = await register(uniqueName('orders-value'), order, { references })

      assertProblem(refused, 422, 'schema-invalid')
      assert.match(refused.body.detail, /refers to version 3 of "nowhere-.*which is not there/)
    })

    test('to subjects that the caller may not read are refused', async () => {
      const of = await subjectWith(address)
      const references = [{ name: 'org.shop.Address', subject: of, version: 1 }]
      const subject = uniqueName('orders-value')
      const token = await issueToken([`schemas-write:${subject}`])

      const refused = await register(subject, order, { references }, token)
      const allowed = await register(
        subject,
        order,
        { references },
        await issueToken([`schemas-write:${subject}`, `schemas-read:${of}`]),
      )

      assertProblem(refused, 403, 'scope-missing')
      assert.ok(refused.body.detail.includes(of))
      assert.equal(allowed.status, 201, allowed.text)
    })

    test('keep what they lead to from being deleted', async () => {
      const of = await subjectWith(address)
      const subject = uniqueName('orders-value')
      await register(subject, order, { references: [{ name: 'org.shop.Address', subject: of, version: 1 }] })

      assertProblem(await remove(`${versionsOf(of)}/1`), 409, 'schema-in-use')
      assertProblem(await remove(versionsOf(of)), 409, 'schema-in-use')
    })
  })

  suite('reading', () => {
    test('gives a version by number or as the latest, and a schema by its id', async () => {
      const subject = await subjectWith(first, second)

      const [one, latest] = [await api.get(`${versionsOf(subject)}/1`), await api.get(`${versionsOf(subject)}/latest`)]
      const byId = await api.get(`/v1/schemas/${latest.body.id}`)

      const { id: ofOne, ...body } = one.body
      const raw = { schemaType: 'AVRO', schema: JSON.stringify(first), references: [] }
      assert.deepEqual(body, { subject, version: 1, deleted: false, ...raw })
      assert.equal(latest.body.version, 2)
      assert.notEqual(ofOne, latest.body.id)
      assert.equal(byId.body.schema, JSON.stringify(second))
      assert.ok(
        byId.body.subjects.some((use: object) => JSON.stringify(use) === JSON.stringify({ subject, version: 2 })),
      )
    })

    test('of what there is not is 404', async () => {
      const subject = await subjectWith(first)
      const nowhere = uniqueName('nowhere')

      assertProblem(await api.get(versionsOf(nowhere)), 404, 'subject-not-found')
      assertProblem(await api.get(`${versionsOf(nowhere)}/latest`), 404, 'subject-not-found')
      assertProblem(await api.get(`${versionsOf(subject)}/7`), 404, 'schema-version-not-found')
      assertProblem(await api.get('/v1/schemas/4294967295'), 404, 'schema-id-not-found')
      assertProblem(await remove(versionsOf(nowhere)), 404, 'subject-not-found')
      assertProblem(await remove(`${versionsOf(subject)}/7`), 404, 'schema-version-not-found')
    })

    test('of names that cannot be one is 400', async () => {
      for (const path of [
        '/v1/schemas/a%2Fb/versions',
        '/v1/schemas/orders-value/versions/0',
        '/v1/schemas/orders-value/versions/last',
        '/v1/schemas/orders-value',
      ]) {
        assertProblem(await api.get(path), 400, 'invalid-parameter')
      }
    })

    test('shows subjects and uses of ids that a scope reaches, and no others', async () => {
      const own = recordOf(id, field(uniqueName('own').replace('-', '_'), 'int', { default: 1 }))
      const [mine, another] = [await subjectWith(first, own), await subjectWith(first)]
      const schemaId = (await api.get(`${versionsOf(mine)}/1`)).body.id
      assert.equal((await api.get(`${versionsOf(another)}/1`)).body.id, schemaId)
      const idOfMine = (await api.get(`${versionsOf(mine)}/2`)).body.id
      const token = await issueToken([`schemas-read:${another}`])
      const read = (path: string) => api.get(path, { token })

      assert.deepEqual((await read('/v1/schemas')).body.subjects, [{ subject: another, deleted: false }])
      assert.deepEqual((await read(`/v1/schemas/${schemaId}`)).body.subjects, [{ subject: another, version: 1 }])
      assertProblem(await read(versionsOf(mine)), 403, 'scope-missing')
      const all = (await api.get('/v1/schemas')).body.subjects.map((each: { subject: string }) => each.subject)
      assert.ok(all.includes(mine) && all.includes(another))
      assertProblem(await read(`/v1/schemas/${idOfMine}`), 404, 'schema-id-not-found')
    })

    test('never shows internal subjects, nor those whose names cannot stand in a path', async () => {
      const hidden = ['_headgate.contracts-value', '__consumer_offsets-value', 'a/b c']
      for (const subject of hidden) {
        const answer = await fetch(`${registry.url}/subjects/${encodeURIComponent(subject)}/versions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ schema: '"boolean"' }),
        })
        assert.equal(answer.status, 200)
      }

      const shown = (await api.get('/v1/schemas?deleted=true')).body.subjects
      const { body } = await api.get(versionsOf(hidden[0] as string))

      assert.ok(shown.every(({ subject }: { subject: string }) => !hidden.includes(subject)))
      assert.equal(body.code, 'scope-missing')
      const schemaId = ((await (await fetch(`${registry.url}/subjects/a%2Fb%20c/versions/1`)).json()) as { id: number })
        .id
      assertProblem(await api.get(`/v1/schemas/${schemaId}`), 404, 'schema-id-not-found')
    })
  })

  suite('deleting', () => {
    test('a version takes two steps', async () => {
      const subject = await subjectWith(first, second)
      const [path, permanent] = [`${versionsOf(subject)}/1`, `${versionsOf(subject)}/1?permanent=true`]

      assertProblem(await remove(permanent), 409, 'not-yet-deleted')
      const marked = await remove(path)
      assert.deepEqual([marked.status, marked.body], [200, { subject, versions: [1], permanent: false }])
      assertProblem(await remove(path), 409, 'already-deleted')
      assertProblem(await api.get(path), 404, 'schema-version-not-found')
      assert.deepEqual((await api.get(versionsOf(subject))).body.versions, [{ version: 2, deleted: false }])
      assert.deepEqual((await api.get(`${versionsOf(subject)}?deleted=true`)).body.versions, [
        { version: 1, deleted: true },
        { version: 2, deleted: false },
      ])
      const still = await api.get(`${path}?deleted=true`)
      assert.deepEqual([still.body.deleted, still.body.schema], [true, JSON.stringify(first)])
      assert.equal((await remove(permanent)).body.permanent, true)
      assertProblem(await api.get(`${path}?deleted=true`), 404, 'schema-version-not-found')
    })

    test('a subject takes two steps, after which it begins anew', async () => {
      const subject = await subjectWith(first, second)
      const path = versionsOf(subject)
      const listed = async () =>
        (await api.get('/v1/schemas?deleted=true')).body.subjects.find(
          (each: { subject: string }) => each.subject === subject,
        )

      assertProblem(await remove(`${path}?permanent=true`), 409, 'not-yet-deleted')
      assert.deepEqual((await remove(path)).body, { subject, versions: [1, 2], permanent: false })
      assert.deepEqual(await listed(), { subject, deleted: true })
      assertProblem(await api.get(path), 404, 'subject-not-found')
      assert.deepEqual(
        (await api.get(`${path}?deleted=true`)).body.versions.map((each: { deleted: boolean }) => each.deleted),
        [true, true],
      )
      assertProblem(await remove(path), 409, 'already-deleted')
      assert.deepEqual((await remove(`${path}?permanent=true`)).body, { subject, versions: [1, 2], permanent: true })
      assert.equal(await listed(), undefined)
      assert.equal((await register(subject, '"int"')).body.version, 1)
    })

    test('is seen at once by publishing on this replica', async (t) => {
      const topic = await createTopic(t)
      const publish = () => api.post(`/v1/topics/${topic}/events`, { id: 'a' })
      await register(`${topic}-value`, first)
      await register(`${topic}-value`, second)
      assert.equal((await publish()).body.schema.version, 2)

      await remove(`${versionsOf(`${topic}-value`)}/2`)
      assert.equal((await publish()).body.schema.version, 1)

      await remove(versionsOf(`${topic}-value`))
      assert.equal((await publish()).body.code, 'schema-not-found')
    })
  })

  suite('compatibility levels', () => {
    const levelOf = async (subject: string) => (await api.get(`/v1/schemas/${subject}/compatibility`)).body

    test('of a subject are set, read and unset', async () => {
      const subject = await subjectWith(first)

      assert.deepEqual(await levelOf(subject), { subject, level: 'BACKWARD', inherited: true })
      assert.deepEqual((await setLevel(subject, 'FULL_TRANSITIVE')).body, {
        subject,
        level: 'FULL_TRANSITIVE',
        inherited: false,
      })
      assert.deepEqual(await levelOf(subject), { subject, level: 'FULL_TRANSITIVE', inherited: false })
      const unset = await remove(`/v1/schemas/${subject}/compatibility`)
      assert.deepEqual([unset.status, unset.body], [200, { subject, level: 'BACKWARD', inherited: true }])
      assert.equal((await remove(`/v1/schemas/${subject}/compatibility`)).status, 200)
    })

    test('of a subject that there is not yet are set, and hold for its second version', async () => {
      const subject = uniqueName('later')
      assert.deepEqual(await levelOf(subject), { subject, level: 'BACKWARD', inherited: true })

      await setLevel(subject, 'FORWARD')

      assert.equal((await levelOf(subject)).level, 'FORWARD')
      assert.equal((await register(subject, first)).status, 201)
      assert.equal((await register(subject, recordOf(id, vat))).status, 201)
      assertProblem(await register(subject, recordOf(vat)), 409, 'schema-incompatible')
    })

    test('are the documented ones', async () => {
      const answer = await setLevel(uniqueName('later'), 'SIDEWAYS')

      assertProblem(answer, 400, 'invalid-body')
      assert.match(answer.body.faults[0].message, /NONE, BACKWARD/)
    })

    test('of all subjects are set by those who may write all of them', async (t) => {
      const subject = await subjectWith(first)
      const path = '/v1/schemas/compatibility'
      const set = (level: string, token?: string) =>
        api.call(path, { method: 'PUT', body: { level }, ...(token !== undefined && { token }) })
      t.after(() => set('BACKWARD'))

      assertProblem(await set('FULL', await issueToken(['schemas-write:orders*'])), 403, 'scope-missing')
      assert.deepEqual((await set('FULL')).body, { level: 'FULL' })
      assert.deepEqual((await api.get(path)).body, { level: 'FULL' })
      assert.deepEqual(await levelOf(subject), { subject, level: 'FULL', inherited: true })
    })
  })

  suite('scopes', () => {
    test('to read let a caller check, and not register, delete or set levels', async () => {
      const subject = await subjectWith(first)
      const token = await issueToken([`schemas-read:${subject}`])

      assert.equal((await api.post(`${versionsOf(subject)}?dryRun=true`, { schema: second }, { token })).status, 200)
      assertProblem(await register(subject, second, {}, token), 403, 'scope-missing')
      for (const path of [versionsOf(subject), `${versionsOf(subject)}/1`, `/v1/schemas/${subject}/compatibility`]) {
        assertProblem(await api.call(path, { method: 'DELETE', token }), 403, 'scope-missing')
      }
      assert.equal((await api.get(versionsOf(subject))).body.versions.length, 1)
    })

    test('are matched with the whole name of the subject, not of its topic', async () => {
      const subject = await subjectWith(first)
      const topic = subject.replace(/-value.*$/, '')
      const read = async (scope: string) =>
        (await api.get(versionsOf(subject), { token: await issueToken([scope]) })).status

      assert.equal(await read(`schemas-read:${topic}`), 403)
      assert.equal(await read(`schemas-read:${topic}-*`), 200)
      assert.equal(await read(`read:${subject}`), 403)
    })
  })

  test('a registry that is away is 503 at once, for every operation', async (t) => {
    const away = await gatewayFor(t, { env: { HEADGATE_REGISTRY_URL: 'http://127.0.0.1:1' } })
    const subject = 'orders-value'
    const calls: [method: string, path: string, body?: unknown][] = [
      ['GET', '/v1/schemas'],
      ['GET', '/v1/schemas/1'],
      ['GET', '/v1/schemas/compatibility'],
      ['PUT', '/v1/schemas/compatibility', { level: 'FULL' }],
      ['GET', versionsOf(subject)],
      ['POST', versionsOf(subject), { schema: first }],
      ['POST', `${versionsOf(subject)}?dryRun=true`, { schema: first }],
      ['DELETE', versionsOf(subject)],
      ['GET', `${versionsOf(subject)}/latest`],
      ['DELETE', `${versionsOf(subject)}/1`],
      ['GET', `/v1/schemas/${subject}/compatibility`],
      ['PUT', `/v1/schemas/${subject}/compatibility`, { level: 'FULL' }],
      ['DELETE', `/v1/schemas/${subject}/compatibility`],
    ]
    for (const [method, path, body] of calls) {
      const started = performance.now()
      const answer = await away.api.call(path, { method, ...(body !== undefined && { body }) })
      assertProblem(answer, 503, 'registry-unavailable')
      assert.equal(answer.headers.get('retry-after'), '1')
      assert.ok(performance.now() - started < 2_000, `${method} ${path}`)
    }
  })
})
