import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { problems } from '../../../src/errors/problems.ts'

const sections = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => /^`(?<code>[^`]+)`\n\n\*\*(?<status>\d{3})\b(?<text>[\s\S]+)$/.exec(section)?.groups ?? { section })

suite('docs/errors.md', () => {
  test('has a section for each problem of the table and for nothing else, in its order', () => {
    assert.deepEqual(
      sections.map(({ code }) => code),
      Object.keys(problems),
    )
  })

  for (const [code, { status }] of Object.entries(problems)) {
    test(`${code} names its status and says what to do in words of its own`, () => {
      const section = sections.find((each) => each.code === code)
      assert.equal(Number(section?.status), status)
      assert.ok((section?.text ?? '').trim().length > 40)
    })
  }
})
