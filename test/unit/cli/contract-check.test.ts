import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { contractCheck } from '../../../src/cli/contract-check.ts'

function check(t: TestContext, files: Record<string, string>, ...args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-contract-check-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  let text = ''
  const stdout = {
    write: (piece: string | Uint8Array) => {
      text += piece
      return true
    },
  } as NodeJS.WriteStream
  const code = contractCheck.run([folder, ...args], 'headgate', stdout)
  return { code, text: text.replaceAll(`${folder}/`, '') }
}

suite('contract check', () => {
  test('ends with 0 where all is right', (t) => {
    const files = { 'a.yaml': 'topic: orders\n---\ntopic: clicks\n', 'notes.txt': 'not: [a contract' }

    assert.deepEqual(check(t, files), { code: 0, text: '2 contracts, all right\n' })
    assert.deepEqual(JSON.parse(check(t, files, '--output', 'json').text), {
      format: 1,
      topics: ['clicks', 'orders'],
      faults: [],
    })
  })

  test('names every fault of every file, and ends with 1', (t) => {
    const files = { 'a.yaml': 'topic: orders\nownr: me\n', 'b.yaml': 'topic: orders\nread: { requires: publish }\n' }

    const { code, text } = check(t, files)
    const { faults } = JSON.parse(check(t, files, '-o', 'json').text)

    assert.equal(code, 1)
    assert.equal(
      text,
      [
        'a.yaml, line 2: ownr: is not known; did you mean `owner`?',
        'b.yaml, line 2: read.requires: is one of the gateway: choose another name',
        '2 faults\n',
      ].join('\n'),
    )
    assert.equal(faults.length, 2)
    assert.deepEqual([faults[0].line, faults[0].path], [2, 'ownr'])
  })

  test('says how it is called where it is called wrongly', () => {
    const stdout = { write: () => true } as unknown as NodeJS.WriteStream
    assert.throws(() => contractCheck.run([], 'headgate', stdout), /no file is named/)
    assert.throws(() => contractCheck.run(['x', '--output', 'xml'], 'headgate', stdout), /text or json/)
  })
})
