import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { projectDirectory } from '../../local/paths.ts'
import { findFreePorts } from '../../local/ports.ts'
import { isAlive } from '../../local/process-identity.ts'
import type { RunState } from '../../local/run-state.ts'
import { waitUntil } from '../../local/wait-until.ts'
import { guideBlocks, guideScript, printedByBlock } from '../support/guide.ts'

interface Result {
  code: number
  stdout: string
  stderr: string
}

const earthquakes = 1_707
const startLimitMs = 120_000

suite('./headgate up, status, token, logs and down', { timeout: 400_000 }, () => {
  let folder: string
  let env: NodeJS.ProcessEnv
  let ports: number[]
  let firstTable: string

  before(async () => {
    folder = copyOfProject()
    ports = await findFreePorts(6)
    const names = ['GATEWAY', 'KAFKA', 'CONTROLLER', 'REGISTRY', 'ISSUER', 'EXAMPLES']
    env = {
      ...process.env,
      ...Object.fromEntries(names.map((name, at) => [`HEADGATE_LOCAL_${name}_PORT`, String(ports[at])])),
    }
    delete env.NODE_TEST_CONTEXT
    const started = await headgate('up', '--detach')
    assert.equal(started.code, 0, started.stderr)
    firstTable = started.stdout
  })

  after(async () => {
    await headgate('down')
    rmSync(folder, { recursive: true, force: true })
  })

  const headgate = (...args: string[]): Promise<Result> => run(join(folder, 'headgate'), args, { cwd: folder, env })
  const runState = (): RunState =>
    JSON.parse(readFileSync(join(folder, '.headgate/run/state.json'), 'utf8')) as RunState
  const curlLine = (title: string): string => {
    const lines = firstTable.split('\n')
    return lines[lines.findIndex((line) => line.startsWith(title)) + 1]?.trim() ?? ''
  }
  const paste = (line: string): Promise<Result> => run('bash', ['-c', line], { cwd: folder, env })

  test('status -o json names the address of every part, and each is up', async () => {
    const { stdout } = await headgate('status', '-o', 'json')

    const [gateway, kafka, , registry, issuer, examples] = ports
    assert.deepEqual(JSON.parse(stdout), {
      state: 'up',
      parts: {
        gateway: { url: `http://127.0.0.1:${gateway}`, state: 'up' },
        kafka: { bootstrap: `127.0.0.1:${kafka}`, state: 'up' },
        registry: { url: `http://127.0.0.1:${registry}/apis/ccompat/v7`, state: 'up' },
        issuer: { url: `http://127.0.0.1:${issuer}`, state: 'up' },
        examples: { url: `http://127.0.0.1:${examples}/live.html`, state: 'up' },
      },
    })
  })

  test('token prints an access token with the scopes that are asked for, and nothing else', async () => {
    const { stdout, stderr } = await headgate('token', 'publish:orders.*', 'read')

    assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    assert.equal(stderr, '')
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >
    assert.equal(claims.scope, 'publish:orders.* read')
    assert.equal(claims.aud, 'urn:headgate:local')
  })

  test('key create prints a key that reaches what it was given, and a line to paste', async () => {
    const { code, stdout, stderr } = await headgate(
      ...['key', 'create', '--scopes', 'read:earthquakes publish:other.*', '--description', 'Of a test'],
      ...['--expires', '90d', '--address', '127.0.0.0/8', '--address', '10.0.0.0/8', '--owner', 'acme'],
    )

    assert.equal(code, 0, stderr)
    assert.match(stdout, /^hg_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\n$/)
    const line = stderr.split('\n').find((text) => text.includes('curl')) ?? ''
    assert.deepEqual(JSON.parse((await paste(line)).stdout), {
      topics: [{ topic: 'earthquakes', partitions: 3, may: ['read'] }],
    })
    const url = `http://127.0.0.1:${ports[0]}/v1/api-keys/${stdout.slice(3, 15)}`
    const token = (await headgate('token', 'keys')).stdout.trim()
    const shown = (await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json()) as Record<
      string,
      unknown
    >
    assert.deepEqual([shown.owner, shown.addresses], ['acme', ['127.0.0.0/8', '10.0.0.0/8']])
    const days = (Date.parse(String(shown.expiresAt)) - Date.now()) / 86_400_000
    assert.ok(days > 89.9 && days <= 90, `${days} days`)
  })

  test('key create says what it needs, and what the gateway does not take', async () => {
    const cases: [string[], number, RegExp][] = [
      [['create', '--scopes', 'read'], 2, /needs --scopes and --description[\s\S]*Usage: .*key create/],
      [['make'], 2, /one verb of its own: create/],
      [['create', '--scopes', 'read', '--description', 'x', '--expires', 'soon'], 2, /such as 90d/],
      [['create', '--scopes', 'admin', '--description', 'x'], 1, /answered 400: .*scopes/],
    ]
    for (const [args, code, message] of cases) {
      const answer = await headgate('key', ...args)
      assert.equal(answer.code, code, answer.stderr)
      assert.match(answer.stderr, message)
      assert.equal(answer.stdout, '')
    }
  })

  test('logs PART shows the end of its log, and names the parts where there is no such one', async () => {
    assert.notEqual((await headgate('logs', 'gateway')).stdout, '')
    const unknown = await headgate('logs', 'nonsense')
    assert.equal(unknown.code, 1)
    assert.match(unknown.stderr, /gateway, issuer, kafka, registry/)
  })

  test('the printed live page is there, and its gateway lets its origin in', async () => {
    const [, page = ''] = /Live page +(\S+)/.exec(firstTable) ?? []

    const answer = await fetch(page)
    const { gateway, topic } = (await (await fetch(new URL('config.json', page))).json()) as Record<string, string>
    const preflight = await fetch(`${gateway}/v1/tickets`, {
      method: 'OPTIONS',
      headers: { origin: new URL(page).origin, 'access-control-request-method': 'POST' },
    })

    assert.equal(answer.status, 200)
    assert.equal(topic, 'earthquakes')
    assert.equal(preflight.headers.get('access-control-allow-origin'), new URL(page).origin)
  })

  test('the printed line that publishes one event publishes it', async () => {
    const { stdout } = await paste(curlLine('Publish one event'))

    const answer = JSON.parse(stdout) as { topic: string; offset: number }
    assert.equal(answer.topic, 'earthquakes')
    assert.equal(typeof answer.offset, 'number')
  })

  test('the printed line that publishes an event with faults is told every one', async () => {
    const { stdout } = await paste(curlLine('Publish one with faults'))

    const { violations } = JSON.parse(stdout) as { violations: { pointer: string }[] }
    assert.deepEqual(violations.map(({ pointer }) => pointer).sort(), [
      '/geometry/coordinates/1',
      '/id',
      '/properties/mag',
      '/properties/tiem',
      '/properties/time',
    ])
  })

  test('the printed line that reads answers ten events of each of the three partitions', async () => {
    const { stdout } = await paste(curlLine('Read the last ten'))

    assert.equal((JSON.parse(stdout) as { events: unknown[] }).events.length, 30)
  })

  test('the printed line that follows the topic gives the last event of each partition, with cursors', async () => {
    const { stdout } = await paste(`${curlLine('Follow the topic')} --max-time 3`)

    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.equal(messages.filter((message) => 'event' in message).length, 3)
    assert.ok(messages.every(({ cursor }) => typeof cursor === 'string'))
  })

  test("the README's curl lines do what it says of them", async () => {
    const readme = readFileSync(join(projectDirectory, 'README.md'), 'utf8')
    const [, block = ''] = /<!-- Run as they stand .*-->\n```sh\n([\s\S]*?)```/.exec(readme) ?? []
    const lines = block.replaceAll('127.0.0.1:8080', `127.0.0.1:${ports[0]}`).split('\n\n')

    const answers: Record<string, unknown>[] = []
    for (const line of lines) {
      const { stdout } = await paste(line)
      answers.push(
        ...stdout
          .trim()
          .split('\n')
          .map((each) => JSON.parse(each) as Record<string, unknown>),
      )
    }

    const [published, refused, judged, refusedLine, summary, page, ...messages] = answers
    assert.equal(typeof published?.offset, 'number')
    assert.equal(refused?.code, 'event-refused')
    assert.equal((refused?.violations as unknown[] | undefined)?.length, 6)
    assert.equal(judged?.outcome, 'valid')
    assert.equal(refusedLine?.line, 2)
    assert.deepEqual(summary, { summary: { read: 2, published: 1, refused: 1, withheld: 0, failed: 0, unknown: 0 } })
    assert.equal((page?.events as unknown[] | undefined)?.length, 30)
    assert.equal(messages.filter((message) => 'event' in message && 'cursor' in message).length, 3)
  })

  test('each block of the guide prints what it says', async () => {
    const blocks = guideBlocks('from-a-kafka-client.md')
    const script = guideScript(blocks).replaceAll('127.0.0.1:8080', `127.0.0.1:${ports[0]}`)

    const { stdout, stderr } = await paste(script)

    const printed = printedByBlock(stdout)
    assert.equal(printed.length, blocks.length, stderr)
    for (const [index, block] of blocks.entries()) {
      assert.equal(withoutNumbers(printed[index]), withoutNumbers(block.printed), stderr)
    }
  })

  test('up while one runs says so and starts nothing', async () => {
    const { children } = runState()

    const second = await headgate('up', '--detach')

    assert.equal(second.code, 0)
    assert.match(second.stderr, /already up/)
    assert.deepEqual(runState().children, children)
  })

  test('a second run is ready in under 15 s, with the same events', async () => {
    const before = await countEvents()
    await headgate('down')
    const startedAt = Date.now()

    const again = await headgate('up', '--detach')

    assert.equal(again.code, 0, again.stderr)
    const tookMs = Date.now() - startedAt
    assert.ok(tookMs < 15_000 * slowness(), `took ${tookMs} ms`)
    assert.equal(await countEvents(), before)
  })

  test('a seed that was cut short is completed, and no event is written twice', async () => {
    const present = await countEvents()
    await deleteFirstRecords(100)
    assert.equal(await countEvents(), present - 100)
    await headgate('down')
    rmSync(join(folder, '.headgate/data/seeded'))

    await headgate('up', '--detach')

    const keys = await readKeys()
    const seeded = keys.filter((key) => !/^(demo|guide)-/.test(key))
    assert.equal(seeded.length, earthquakes)
    assert.equal(new Set(seeded).size, earthquakes)
  })

  test('down leaves no process', async () => {
    const { children, supervisor } = runState()

    const stopped = await headgate('down')

    assert.equal(stopped.code, 0)
    assert.equal(children.length, 4)
    assert.deepEqual([supervisor, ...children].filter(isAlive), [])
    assert.match((await headgate('down')).stderr, /Nothing was running/)
  })

  test('what a killed supervisor left behind is stopped by the next verb', async () => {
    await headgate('up', '--detach')
    const { children, supervisor } = runState()
    process.kill(supervisor.pid, 'SIGKILL')
    assert.ok(await waitUntil(() => !isAlive(supervisor), { limitMs: 5_000 }))
    assert.equal(children.filter(isAlive).length, 4)

    const cleaned = await headgate('down')

    assert.match(cleaned.stderr, /earlier run had left: gateway, /)
    assert.deepEqual(children.filter(isAlive), [])
  })

  test('Ctrl-C stops everything that up started', async () => {
    const child = spawn(join(folder, 'headgate'), ['up'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
    const output = child.stdout.setEncoding('utf8')
    let shown = ''
    output.on('data', (text: string) => {
      shown += text
    })
    assert.ok(await waitUntil(() => shown.includes('Headgate is up'), { limitMs: startLimitMs }))
    const { children } = runState()

    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number | null]

    assert.equal(code, 0)
    assert.deepEqual(children.filter(isAlive), [])
  })

  test('a port in use is named with the setting that changes it, and nothing is started', async () => {
    const taken = createServer()
    taken.listen(ports[3], '127.0.0.1')
    await once(taken, 'listening')

    const refused = await headgate('up')
    await taken[Symbol.asyncDispose]()

    assert.equal(refused.code, 1)
    assert.match(refused.stderr, new RegExp(`port ${ports[3]} \\(registry\\) is in use.*HEADGATE_LOCAL_REGISTRY_PORT`))
    assert.equal(existsSync(join(folder, '.headgate/run/state.json')), false)
  })

  async function deleteFirstRecords(count: number): Promise<void> {
    const admin = new Admin({ clientId: 'launcher-test', bootstrapBrokers: [`127.0.0.1:${ports[1]}`] })
    const partitions = [{ partition: 0, offset: BigInt(count) }]
    await admin.deleteRecords({ topics: [{ name: 'earthquakes', partitions }] })
    await admin.close()
  }

  async function countEvents(): Promise<number> {
    return (await readKeys()).length
  }

  async function readKeys(): Promise<string[]> {
    const token = (await headgate('token', 'read')).stdout.trim()
    const keys: string[] = []
    for (let query = 'from=earliest', atEnd = false; !atEnd; ) {
      const url = `http://127.0.0.1:${ports[0]}/v1/topics/earthquakes/events?${query}`
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      assert.equal(answer.status, 200)
      const page = (await answer.json()) as { events: { key: string }[]; cursor: string; atEnd: boolean }
      keys.push(...page.events.map(({ key }) => key))
      query = `cursor=${page.cursor}`
      atEnd = page.atEnd
    }
    return keys
  }
})

suite('./headgate with a verb or an option that it does not know', () => {
  const headgate = (...args: string[]): Promise<Result> =>
    run(join(projectDirectory, 'headgate'), args, { cwd: tmpdir(), env: process.env })

  test('ends with code 2 and its verbs', async () => {
    const { code, stdout, stderr } = await headgate('nonsense')

    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, /no verb 'nonsense'[\s\S]*up \[--detach\]/)
  })

  test('ends with code 2 and how the verb is used', async () => {
    const { code, stderr } = await headgate('status', '--nonsense')

    assert.equal(code, 2)
    assert.match(stderr, /Unknown option '--nonsense'[\s\S]*status \[-o json\]/)
  })
})

/** What version control has of the project, with links to what was installed and downloaded. */
function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-launcher-'))
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const files = execFileSync('git', list, { cwd: projectDirectory, encoding: 'utf8' }).split('\0').filter(Boolean)
  for (const file of files) {
    if (existsSync(join(projectDirectory, file))) cpSync(join(projectDirectory, file), join(folder, file))
  }
  for (const link of ['node_modules', '.node', '.headgate/kafka', '.headgate/registry', '.headgate/java']) {
    const target = join(projectDirectory, link)
    if (!existsSync(target)) continue
    mkdirSync(dirname(join(folder, link)), { recursive: true })
    symlinkSync(target, join(folder, link))
  }
  return folder
}

function run(file: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Result> {
  return new Promise((resolve) => {
    execFile(file, args, { ...options, timeout: startLimitMs }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

/** How many programs wait for each processor: 1 where none does. */
const slowness = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/** Places, times and ids are others in each run. */
const withoutNumbers = (text = ''): string =>
  text.trim().replace(/(?<="(?:partition|offset|version|id|timestamp)":)("[^"]*"|\d+)/g, '…')
