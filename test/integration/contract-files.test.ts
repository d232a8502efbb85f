import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { type CapturedLog, capturedLog } from '../support/captured-log.ts'
import { contractOf, patchContract, pathOf, putContract, untilRevision } from '../support/contracts.ts'
import { gatewayFor, type TestGateway, uniqueName } from '../support/gateway.ts'
import { pollUntil } from '../support/poll.ts'

const reloadMs = 100

interface Replica extends TestGateway {
  lines: CapturedLog['lines']
  write(name: string, text: string): void
  remove(name: string): void
}

/** A gateway with a folder of its own for contracts, which it looks at often. */
async function replicaWith(t: TestContext, files: Record<string, string>): Promise<Replica> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-contract-files-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const { log, lines } = capturedLog()
  const env = { HEADGATE_CONTRACTS_DIRECTORY: folder, HEADGATE_CONTRACTS_RELOAD_MS: String(reloadMs) }
  const gateway = await gatewayFor(t, { env, log })
  return { ...gateway, lines, write, remove: (name) => rmSync(join(folder, name)) }
}

const without = (t: TestContext) => gatewayFor(t, { env: { HEADGATE_CONTRACTS_DIRECTORY: '' } })
const driftsOf = async ({ api }: TestGateway): Promise<number> =>
  Number(/^headgate_contracts_drifted (\d+)$/m.exec((await api.get('/metrics')).text)?.[1])

suite('contracts of files', () => {
  test('are recorded for all replicas, and read-only over HTTP on each, with the name of the file', async (t) => {
    const topic = uniqueName('file')
    const bare = await without(t)
    const replica = await replicaWith(t, { 'orders.yaml': `topic: ${topic}\nowner: shop\n` })
    for (const { api } of [replica, bare]) await untilRevision(api, topic, 1)

    for (const { api } of [replica, bare]) {
      const state = await contractOf(api, topic)
      assert.deepEqual([state.source, state.file, state.updatedBy], ['file', 'orders.yaml', 'file:orders.yaml'])
      assert.deepEqual([state.contract.owner, state.drift], ['shop', []])
      for (const answer of [
        await putContract(api, topic, { owner: 'me' }),
        await patchContract(api, topic, { owner: 'me' }),
        await api.call(pathOf(topic), { method: 'DELETE' }),
      ]) {
        assert.deepEqual(
          [answer.status, answer.body.code, answer.body.file],
          [409, 'contract-managed-by-file', 'orders.yaml'],
        )
      }
    }
    const orphaned = await replica.api.call(`${pathOf(topic)}?orphaned=true`, { method: 'DELETE' })
    assert.equal(orphaned.status, 409)
  })

  test('go before what was written over HTTP', async (t) => {
    const topic = uniqueName('file')
    const bare = await without(t)
    await putContract(bare.api, topic, { owner: 'http' })

    const replica = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nowner: file\n` })
    await untilRevision(bare.api, topic, 2)

    for (const { api } of [replica, bare]) assert.equal((await contractOf(api, topic)).contract.owner, 'file')
    const { body } = await bare.api.get(`${pathOf(topic)}/history`)
    const seen = body.revisions.map(({ by, source, changed }: Record<string, unknown>) => [by, source, changed])
    assert.deepEqual(seen[0], ['file:a.yaml', 'file', ['/owner']])
    assert.equal(seen[1][1], 'topic')
  })

  test('are read again: a change holds everywhere without a restart, and one that goes gives the default back', async (t) => {
    const topic = uniqueName('file')
    const bare = await without(t)
    const replica = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nowner: before\n` })
    await untilRevision(bare.api, topic, 1)

    const startedAt = performance.now()
    replica.write('a.yaml', `topic: ${topic}\nowner: after\n`)
    await untilRevision(bare.api, topic, 2)
    t.diagnostic(`the other replica has it after ${Math.round(performance.now() - startedAt)} ms`)
    const changed = await contractOf(bare.api, topic)
    replica.remove('a.yaml')
    await untilRevision(bare.api, topic, 3)

    assert.equal(changed.contract.owner, 'after')
    for (const { api } of [replica, bare]) {
      await untilRevision(api, topic, 3)
      assert.equal((await contractOf(api, topic)).source, 'default')
    }
    assert.equal((await putContract(bare.api, topic, { owner: 'http' })).status, 201)
  })

  test('that are broken leave those in use as they are, and /readyz and the log say why', async (t) => {
    const topic = uniqueName('file')
    const replica = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nowner: good\n` })
    const part = async () => (await replica.api.get('/readyz')).body.parts.contracts

    const broken = `topic: ${topic}\nownr: bad\nmasking: { unless: pii, fields: { /a: hash } }\n`
    replica.write('a.yaml', broken)
    await pollUntil(async () => (await part()).state === 'down')
    const { cause } = await part()
    const contract = await contractOf(replica.api, topic)
    replica.write('a.yaml', broken.replace('ownr', 'owner'))
    await pollUntil(async () => /HEADGATE_SECRETS_MASKING/.test((await part()).cause))
    replica.write('a.yaml', `topic: ${topic}\nowner: mended\n`)
    await pollUntil(async () => (await part()).state === 'up')

    assert.match(cause, /a\.yaml, line 2: ownr: is not known; did you mean `owner`\?; the contracts in use stay/)
    assert.equal(contract.contract.owner, 'good')
    assert.equal((await contractOf(replica.api, topic)).contract.owner, 'mended')
    assert.ok(
      replica.lines.some(({ msg, cause: told }) => msg === 'The files of contracts are not right' && told === cause),
    )
  })

  test('that two replicas have otherwise drift: each says so, the newer one is recorded, and nobody fights', async (t) => {
    const topic = uniqueName('file')
    const first = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nowner: first\ndescription: same\n` })
    await untilRevision(first.api, topic, 1)
    const second = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nowner: second\ndescription: same\n` })
    await untilRevision(first.api, topic, 2)
    // Whoever would answer the other's record has looked at its files many times by then.
    const reading = first.api.get(`/v1/topics/${topic}/events`)
    await pollUntil(async () => (await driftsOf(first)) > 0)
    for (let n = 0; n < 20; n++) await second.api.get(pathOf(topic))
    await reading

    assert.deepEqual((await contractOf(first.api, topic)).drift, [
      { pointer: '/owner', file: 'first', stored: 'second' },
    ])
    assert.equal((await contractOf(first.api, topic)).contract.owner, 'first')
    assert.deepEqual((await contractOf(second.api, topic)).drift, [])
    const warnings = first.lines.filter(
      ({ msg, topic: of }) => msg === 'A contract is not that of the file' && of === topic,
    )
    assert.deepEqual(
      warnings.map(({ pointers, revision }) => [pointers, revision]),
      [[['/owner'], 2]],
    )

    first.write('a.yaml', `topic: ${topic}\nowner: second\ndescription: same\n`)
    await pollUntil(async () => (await contractOf(first.api, topic)).drift.length === 0)
    assert.equal((await contractOf(second.api, topic)).revision, 2)
  })

  test('of which no replica has the file any more stay, are told as drift, and can be given back', async (t) => {
    const topic = uniqueName('file')
    const going = await replicaWith(t, { 'a.yaml': `topic: ${topic}\nmasking: { unless: pii, others: mask }\n` })
    await untilRevision(going.api, topic, 1)
    const staying = await replicaWith(t, {})

    const { drift, contract, source } = await contractOf(staying.api, topic)
    const given = await staying.api.call(`${pathOf(topic)}?orphaned=true`, { method: 'DELETE' })

    assert.equal(source, 'file')
    assert.equal(contract.masking.others, 'mask')
    assert.deepEqual([drift.length, drift[0].pointer, drift[0].file], [1, '', null])
    assert.deepEqual([given.status, given.body.source, given.body.drift], [200, 'default', []])
  })
})
