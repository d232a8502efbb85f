import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { governanceSchema } from '../../../../src/config/sections/governance.ts'
import type { JsonValue } from '../../../../src/json/json-value.ts'
import { readParts } from '../../../../src/schemas/governance/avro/read-parts.ts'
import { judgeParts } from '../../../../src/schemas/governance/judge-parts.ts'
import type { RuleId } from '../../../../src/schemas/governance/rule.ts'
import { rules } from '../../../../src/schemas/governance/rules.ts'
import { readYaml } from '../../../../src/yaml/located-yaml.ts'

const page = readFileSync(new URL('../../../../docs/governance.md', import.meta.url), 'utf8')
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`([^`]+)`/.exec(section)?.[1] ?? section, section]),
)
const ids = Object.keys(rules) as RuleId[]
const defaults = governanceSchema.parse({})
const optionsOf = (id: RuleId): object => (defaults.options as Partial<Record<RuleId, object>>)[id] ?? {}

suite('docs/governance.md', () => {
  test('has a section for each rule and for nothing else, in their order', () => {
    assert.deepEqual([...sections.keys()], ids)
  })

  for (const id of ids) {
    const section = sections.get(id) ?? ''

    test(`says the default of ${id}, and its options with theirs`, () => {
      const [, level, options = ''] = /^Default: `(\w+)`\. Options: ([\s\S]*?)\n\n/m.exec(section) ?? []

      assert.equal(level, defaults.rules[id])
      const written = [...options.replaceAll('\n', ' ').matchAll(/`(\w+)` \(([^):]*)/g)].map(([, name, value]) => [
        name,
        value,
      ])
      const asText = (value: unknown): string => (Array.isArray(value) ? value.join(', ') || 'none' : String(value))
      assert.deepEqual(
        written,
        Object.entries(optionsOf(id)).map(([name, value]) => [name, asText(value)]),
      )
    })

    test(`shows what ${id} refuses and what it takes`, () => {
      const [bad, good, more] = [...section.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
        ([, code]) => JSON.parse(code ?? '') as JsonValue,
      )
      const [options] = readYaml(/^```yaml\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? '')
      const off = Object.fromEntries(ids.map((each) => [each, 'off']))
      const policy = governanceSchema.parse({
        rules: { ...off, [id]: 'refuse' },
        options: options ? { [id]: options.value } : {},
      })
      const found = [bad, good].map((schema = null) => {
        const { parts, faults } = readParts(schema)
        assert.deepEqual(faults, [])
        return [...judgeParts(parts, policy)].length > 0
      })

      assert.deepEqual(found, [true, false])
      assert.equal(more, undefined)
    })
  }

  test('has a policy as its example that is one', () => {
    const [document] = readYaml(/^```yaml\n(governance:[\s\S]*?)^```$/m.exec(page)?.[1] ?? '')

    const written = document?.value as { governance: unknown } | undefined
    assert.equal(governanceSchema.parse(written?.governance).rules.owner, 'refuse')
  })
})
