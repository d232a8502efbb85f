import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { projectDirectory } from '../../local/paths.ts'
import { uniqueName } from '../support/gateway.ts'
import { sharedParts } from '../support/parts.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'

async function bundle(...args: string[]) {
  const child = spawn(join(projectDirectory, 'headgate'), ['schema', 'bundle', ...args])
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, stdout, stderr }
}

suite('schema bundle', { timeout: 120_000 }, () => {
  test('writes all versions of the subjects that are named, the same to the byte each time', async () => {
    const { url } = sharedParts().registry
    const subject = uniqueName('bundled')
    const id = await registerSchema(subject, orderSchema)

    const first = await bundle('--registry', url, '--out', '-', '--subject', subject)
    const again = await bundle('--registry', url, '--out', '-', '--subject', subject)

    assert.deepEqual([first.code, first.stderr], [0, '1 schemas of 1 subjects\n'])
    const { schemas } = JSON.parse(first.stdout)
    assert.deepEqual([schemas[0].subject, schemas[0].version, schemas[0].id], [subject, 1, id])
    assert.deepEqual(JSON.parse(schemas[0].schema), orderSchema)
    assert.equal(again.stdout, first.stdout)
  })

  const failures: readonly [what: string, args: () => string[], code: number, said: RegExp][] = [
    ['without a registry', () => ['--out', 'x'], 2, /--registry is missing\nUsage: .*schema bundle/],
    ['without a file', () => ['--registry', 'http://127.0.0.1:1'], 2, /--out is missing/],
    ['with what is no URL', () => ['--registry', 'here', '--out', '-'], 2, /--registry is an http or https URL/],
    ['with a misspelt option', () => ['--regsitry', 'x'], 2, /did you mean --registry\?/],
    ['where nothing answers', () => ['--registry', 'http://127.0.0.1:1', '--out', '-'], 1, /cannot be reached/],
    [
      'of a subject that there is not',
      () => ['--registry', sharedParts().registry.url, '--out', '-', '--subject', 'no-such-subject'],
      1,
      /no-such-subject/,
    ],
  ]
  for (const [what, args, code, said] of failures) {
    test(`${what} ends with ${code} and says why`, async () => {
      const ended = await bundle(...args())

      assert.equal(ended.code, code, ended.stderr)
      assert.match(ended.stderr, said)
      assert.equal(ended.stdout, '')
    })
  }
})
