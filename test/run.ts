/**
 * Runs the tests, with one Kafka, registry and issuer of their own for all of them.
 *
 *   node test/run.ts                 everything
 *   node test/run.ts --only unit     test/unit, without starting anything
 *   node test/run.ts FILE…           these files
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeBackingParts, provideLocalParts, startBackingParts } from '../local/local-parts.ts'
import { findFreePorts } from '../local/ports.ts'
import { withProgress } from '../local/progress.ts'
import { partsVariable } from './support/parts.ts'

const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true })
const folder = values.only ? `test/${values.only}` : 'test'
const files = positionals.length > 0 ? positionals : globSync(`${folder}/**/*.test.ts`).sort()
if (files.length === 0) throw new Error(`there are no tests in ${folder}`)

const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort())

const needsParts = files.some((file) => !/(^|\/)test\/unit\//.test(file))
process.exitCode = needsParts ? await runWithParts() : await runTests(process.env)

async function runWithParts(): Promise<number> {
  const temporary = mkdtempSync(join(tmpdir(), 'headgate-test-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(temporary, { recursive: true, force: true }))
  await provideLocalParts(stop.signal)
  const [kafka = 0, controller = 0, registry = 0, issuer = 0] = await findFreePorts(4)
  const ports = { kafka, controller, registry, issuer }
  const places = { dataDirectory: temporary, logDirectory: join(temporary, 'logs') }
  await withProgress('Starting Kafka, the schema registry and the OAuth issuer for the tests', () =>
    startBackingParts(stack, { ports, ...places, signal: stop.signal }),
  )
  const parts = JSON.stringify(describeBackingParts(ports, temporary))
  return await runTests({ ...process.env, [partsVariable]: parts })
}

async function runTests(env: NodeJS.ProcessEnv): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, ['--test', '--test-concurrency=2', ...files], {
    stdio: 'inherit',
    env,
  })
  const onStop = (): boolean => child.kill('SIGTERM')
  stop.signal.addEventListener('abort', onStop)
  if (stop.signal.aborted) onStop()
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}
