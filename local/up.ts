import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalError } from './local-error.ts'
import { logDirectory } from './paths.ts'
import { say } from './progress.ts'
import { type RunState, readLiveRunState } from './run-state.ts'
import { supervise } from './supervisor.ts'
import { welcomeTable } from './table.ts'
import { command } from './verb-context.ts'
import { waitUntil } from './wait-until.ts'

const startLimitMs = 15 * 60_000

export async function up(options: { detach: boolean }): Promise<void> {
  const running = readLiveRunState()
  if (running) return await sayRunning(running)
  if (options.detach) return await startDetached()
  await supervise(async (ports) => {
    process.stdout.write(await welcomeTable(ports))
    say('Ctrl-C stops everything.')
  })
}

async function sayRunning({ isReady, supervisor, ports }: RunState): Promise<void> {
  const state = isReady ? 'is already up' : 'is already starting'
  say(`Headgate ${state} (process ${supervisor.pid}). To stop it: ${command} down`)
  if (isReady) process.stdout.write(await welcomeTable(ports))
}

async function startDetached(): Promise<void> {
  mkdirSync(logDirectory, { recursive: true })
  const logFile = join(logDirectory, 'supervisor.log')
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), 'supervise'], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let shown = 0
  const showProgress = (): void => {
    const text = readFileSync(logFile, 'utf8')
    process.stderr.write(text.slice(shown))
    shown = text.length
  }
  const isReady = await waitUntil(
    () => {
      showProgress()
      return readLiveRunState()?.isReady === true || child.exitCode !== null || child.signalCode !== null
    },
    { limitMs: startLimitMs },
  )
  const state = readLiveRunState()
  if (!isReady || !state?.isReady) {
    child.kill('SIGTERM')
    throw new LocalError(`Headgate did not start; its log is ${logFile}`)
  }
  child.unref()
  process.stdout.write(await welcomeTable(state.ports))
  say(`To stop it: ${command} down`)
}
