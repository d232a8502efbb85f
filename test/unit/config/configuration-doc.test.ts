import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { configurationDoc } from '../../../local/configuration-doc.ts'
import { secretSettings, settings } from '../../../src/config/settings.ts'

suite('docs/configuration.md', () => {
  const doc = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')

  test('is what the schema generates', () => {
    assert.equal(doc, configurationDoc())
  })

  test('has a line with a meaning for every setting and secret', () => {
    for (const { env, description } of [...settings, ...secretSettings]) {
      assert.ok(description.length > 0, env)
      assert.match(doc, new RegExp(`\`${env}\`.*[.…] \\|`), env)
    }
  })

  test('gives no two settings the same variable', () => {
    const names = [...settings, ...secretSettings].map(({ env }) => env)

    assert.equal(new Set(names).size, names.length)
  })
})
