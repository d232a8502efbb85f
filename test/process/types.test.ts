import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { projectDirectory } from '../../local/paths.ts'
import { compileTypescript } from '../support/compile-typescript.ts'
import { everythingSchema } from '../support/everything-schema.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

suite('types', { timeout: 120_000 }, () => {
  const prefix = uniqueName('shop')
  const [orders, plain, everything] = ['orders', 'plain', 'every.thing'].map((name) => `${prefix}.${name}`) as [
    string,
    string,
    string,
  ]
  let gateway: TestGateway
  let folder: string
  let token: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'headgate-types-'))
    gateway = await startGateway({
      contracts: [`topic: ${plain}\nschemaless: true\n`],
      env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '100' },
    })
    for (const name of [orders, plain, everything]) await createTopic(untilTheRunEnds, { name })
    await registerSchema(`${orders}-value`, orderSchema)
    await registerSchema(`${everything}-value`, everythingSchema)
    token = await issueToken([`read:${prefix}.*`])
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await gateway[Symbol.asyncDispose]()
  })

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [join(projectDirectory, 'src/cli/main.ts'), 'types', ...args], {
      cwd: folder,
      env: { ...process.env, HEADGATE_CLIENT_URL: gateway.url, HEADGATE_CLIENT_TOKEN: token, ...env },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const [code] = await once(child, 'close')
    return { code, stdout, stderr }
  }

  test('writes a module that compiles, with the topics that the caller may see, and takes their events', async () => {
    const written = await run(['--out', 'topics.ts'])
    const text = readFileSync(join(folder, 'topics.ts'), 'utf8')
    const uses = `
import type { ReadTopics, Topics } from './topics.ts'
export const order: Topics['${orders}'] = { id: 'o-1', amount: '1.00' }
export const any: Topics['${plain}'] = { whatever: [1, null] }
export const read: ReadTopics['${orders}'] = { id: 'o-1', amount: '1.00', qty: 1, note: null }
export const all: Topics['${everything}'] = ${(await gateway.api.get(`/v1/topics/${everything}/example.json`)).text}
// @ts-expect-error
export const wrong: Topics['${orders}'] = { id: 1, amount: '1.00' }
// @ts-expect-error
export const partial: ReadTopics['${orders}'] = { id: 'o-1', amount: '1.00' }
// @ts-expect-error
export const none: keyof Topics = 'another'
`

    assert.deepEqual(written, { code: 0, stdout: '', stderr: '' })
    assert.deepEqual(
      compileTypescript(
        new Map([
          ['topics', text],
          ['uses', uses],
        ]),
      ),
      [],
    )
    assert.equal((await run([])).stdout, text)
  })

  test('--topics takes those that fit', async () => {
    const { stdout } = await run(['--topics', `${prefix}.*r*s`])

    assert.match(stdout, new RegExp(`'${orders}':`))
    assert.doesNotMatch(stdout, new RegExp(`'(${plain}|${everything})':`))
  })

  test('--check ends with 1 as long as the file is not what would be written', async () => {
    const check = () => run(['--topics', orders, '--out', 'checked.ts', '--check'])
    const missing = await check()
    await run(['--topics', orders, '--out', 'checked.ts'])
    const fresh = await check()
    writeFileSync(join(folder, 'checked.ts'), '// changed\n')
    const stale = await check()

    assert.deepEqual([missing.code, fresh.code, stale.code], [1, 0, 1])
    assert.equal(stale.stdout, 'checked.ts is out of date: write it again without --check.\n')
    assert.equal(readFileSync(join(folder, 'checked.ts'), 'utf8'), '// changed\n')
  })

  test('takes the credential from a file, and never shows it', async () => {
    writeFileSync(join(folder, 'token'), `${token}\n`)
    const good = await run(['--token-file', 'token'], { HEADGATE_CLIENT_TOKEN: '' })
    const bad = await run([], { HEADGATE_CLIENT_TOKEN: 'canary-secret' })

    assert.equal(good.code, 0, good.stderr)
    assert.equal(bad.code, 2)
    assert.match(bad.stderr, /^the gateway answered 401: /)
    assert.doesNotMatch(bad.stderr + bad.stdout, /canary/)
  })

  test('ends with 2 where the command is wrong, or nobody answers', async () => {
    const cases: [args: string[], said: RegExp, env?: Record<string, string>][] = [
      [['--chek'], /there is no option --chek; did you mean --check\?/],
      [['--check'], /--check needs --out/],
      [['--url', 'http://127.0.0.1:1'], /http:\/\/127\.0\.0\.1:1 does not answer: /],
      [['--url', 'ftp://a'], /ftp:\/\/a is no URL of a gateway/],
      [['--token-file', 'nowhere'], /nowhere cannot be read/],
      [[], /there is no token/, { HEADGATE_CLIENT_TOKEN: '' }],
    ]
    for (const [args, said, env] of cases) {
      const { code, stdout, stderr } = await run(args, env)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, said)
    }
  })
})
