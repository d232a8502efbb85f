import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Agent, request } from 'undici'
import type { JsonValue } from '../../src/json/json-value.ts'
import { readAvro } from '../../src/schemas/evolution/avro/avro-document.ts'
import { avroComparison } from '../../src/schemas/evolution/avro/compare-avro.ts'
import { isTransitive, type Level, levels } from '../../src/schemas/evolution/level.ts'
import { type Evolution, judgeEvolution } from '../../src/schemas/evolution/verdict.ts'
import { type OwnPart, startOwnRegistry } from '../support/parts.ts'
import { schemaHistories } from '../support/schema-mutations.ts'

const seed = 20_260_321
const histories = 700
// Registering changes what is judged next, so it is tried with a few.
const registered = 90
const atOnce = 8
const unusable = 42201

interface Pair {
  subject: string
  candidate: string
  ours: Evolution
}

/**
 * The verdict of the gateway beside the registry's own, over schemas that nobody chose: each candidate with two earlier
 * versions, at each level. Where they differ is listed in docs/schemas.md, and here.
 */
suite('verdicts over a corpus of generated schemas', () => {
  let registry: OwnPart<{ url: string }>
  let pairs: Pair[]
  const agent = new Agent({ connections: atOnce })

  before(async () => {
    registry = await startOwnRegistry()
    await setLevel('NONE')
    const found = await eachOf([...schemaHistories(seed, histories).entries()], async ([index, history]) => {
      const subject = `corpus-${index}`
      const versions = await registerAll(subject, history.versions)
      return history.candidates.map((candidate) => ({
        subject,
        candidate: JSON.stringify(candidate),
        ours: judge(candidate, versions),
      }))
    })
    pairs = found.flat()
  })
  after(async () => {
    await agent.close()
    await registry[Symbol.asyncDispose]()
  })

  async function ask(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) {
    const answer = await request(`${registry.url}${path}`, {
      method,
      dispatcher: agent,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> }
  }

  async function setLevel(compatibility: Level): Promise<void> {
    assert.equal((await ask('PUT', '/config', { compatibility })).status, 200)
  }

  /** The versions that the registry has then: it takes one that says the same, without its aliases, for the one before. */
  async function registerAll(subject: string, schemas: readonly JsonValue[]): Promise<JsonValue[]> {
    const ids: unknown[] = []
    for (const schema of schemas) {
      const { status, body } = await ask('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) })
      assert.equal(status, 200, JSON.stringify(body))
      ids.push(body.id)
    }
    return schemas.filter((_schema, index) => ids.indexOf(ids[index]) === index)
  }

  const hasAmbiguity = ({ ours }: Pair): boolean =>
    ours.changes.some(({ breaks }) => breaks.some(({ why }) => why.includes('is read from several fields')))

  for (const level of levels) {
    test(`${level}: the gateway and the registry agree`, async (t) => {
      await setLevel(level)
      const isAllowed = ({ ours }: Pair) => ours.levels.some((each) => each.level === level && each.compatible)
      const path = isTransitive(level) ? 'versions' : 'versions/latest'
      const counted = { compatible: 0, incompatible: 0, unusable: 0 }

      const different = await eachOf(pairs, async (pair) => {
        const body = { schema: pair.candidate }
        const answer = await ask('POST', `/compatibility/subjects/${pair.subject}/${path}`, body)
        if (answer.status === 422) {
          // Java's library throws where it finds two fields to read one from; the registry then calls the schema invalid.
          assert.equal(answer.body.error_code, unusable)
          counted.unusable++
          return !hasAmbiguity(pair) || isAllowed(pair) ? [pair] : []
        }
        assert.equal(answer.status, 200)
        counted[answer.body.is_compatible ? 'compatible' : 'incompatible']++
        return answer.body.is_compatible === isAllowed(pair) ? [] : [pair]
      })

      assert.deepEqual(different.flat(), [])
      assert.equal(counted.compatible + counted.incompatible + counted.unusable, 3 * histories)
      t.diagnostic(`${level}: ${JSON.stringify(counted)}`)
      if (level !== 'NONE') assert.ok(counted.compatible > 100 && counted.incompatible > 500, JSON.stringify(counted))
    })
  }

  for (const level of levels.filter((each) => each !== 'NONE')) {
    test(`${level}: the registry registers what the gateway calls compatible, and nothing else`, async () => {
      await setLevel(level)
      const tried = pairs.filter((_pair, index) => index % 3 === 0).slice(0, registered)
      const counted = { new: 0, known: 0, refused: 0 }

      const different = await eachOf(tried, async (pair) => {
        const isAllowed = pair.ours.levels.some((each) => each.level === level && each.compatible)
        const versions = `/subjects/${pair.subject}/versions`
        const before = await versionsAt(versions)
        const { status } = await ask('POST', versions, { schema: pair.candidate })
        const added = (await versionsAt(versions)).find((version) => !before.includes(version))
        if (added === undefined) {
          // What has an earlier version's canonical form is that version, at any level.
          counted[status === 200 ? 'known' : 'refused']++
          return status !== 200 && isAllowed ? [pair] : []
        }
        counted.new++
        for (const query of ['', '?permanent=true']) await ask('DELETE', `${versions}/${added}${query}`)
        return isAllowed ? [] : [pair]
      })

      assert.deepEqual(different.flat(), [])
      assert.ok(counted.new > 1 && counted.refused > 10, JSON.stringify(counted))
    })
  }

  const versionsAt = async (path: string) => (await ask('GET', path)).body as unknown as number[]
})

function judge(candidate: JsonValue, versions: readonly JsonValue[]): Evolution {
  const read = (schema: JsonValue) => readAvro(JSON.stringify(schema))
  const earlier = versions.map((schema, index) => ({ version: index + 1, schema: read(schema) }))
  return judgeEvolution(avroComparison(), read(candidate), earlier)
}

async function eachOf<In, Out>(items: readonly In[], ask: (item: In) => Promise<Out>): Promise<Out[]> {
  const answers: Out[] = []
  const rest = items.entries()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, item] of rest) answers[index] = await ask(item)
    }),
  )
  return answers
}
