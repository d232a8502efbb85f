import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runDirectory } from './paths.ts'
import type { LocalPorts } from './ports.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import { waitUntil } from './wait-until.ts'

/** What runs, written by the supervisor as it starts it, read by every other verb. */
export interface RunState {
  supervisor: ProcessIdentity
  /** In the order of starting. */
  children: (ProcessIdentity & { name: string })[]
  ports: LocalPorts
  isReady: boolean
}

const defaultFile = join(runDirectory, 'state.json')
const stopLimitMs = 25_000

export function readRunState(file = defaultFile): RunState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunState
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The record of a running supervisor. A record whose supervisor is gone is not one. */
export function readLiveRunState(file = defaultFile): RunState | undefined {
  const state = readRunState(file)
  return state && isAlive(state.supervisor) ? state : undefined
}

/** Stops what a supervisor left behind when it was killed: by process and start time, so never anything else. */
export async function stopLeftovers(file = defaultFile): Promise<string[]> {
  const state = readRunState(file)
  if (!state || isAlive(state.supervisor)) return []
  const leftovers = state.children.filter(isAlive).reverse()
  for (const child of leftovers) {
    process.kill(-child.pid, 'SIGCONT')
    process.kill(-child.pid, 'SIGTERM')
    const hasEnded = await waitUntil(() => !isAlive(child), { limitMs: stopLimitMs })
    if (!hasEnded) process.kill(-child.pid, 'SIGKILL')
  }
  rmSync(file, { force: true })
  return leftovers.map(({ name }) => name)
}

/** The supervisor's own record. Only one can be held at a time; disposing removes it. */
export class RunRecord implements Disposable {
  readonly #file: string
  #state: RunState

  private constructor(file: string, state: RunState) {
    this.#file = file
    this.#state = state
  }

  /** Throws EEXIST where another supervisor holds the record. */
  static open(ports: LocalPorts, file = defaultFile): RunRecord {
    const state: RunState = { supervisor: identify(process.pid), children: [], ports, isReady: false }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(state), { flag: 'wx', mode: 0o600 })
    return new RunRecord(file, state)
  }

  add(name: string, pid: number): void {
    const children = this.#state.children.filter((child) => child.name !== name)
    this.#write({ ...this.#state, children: [...children, { name, ...identify(pid) }] })
  }

  markReady(): void {
    this.#write({ ...this.#state, isReady: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.#file, { force: true })
  }

  #write(state: RunState): void {
    this.#state = state
    const next = `${this.#file}.next`
    writeFileSync(next, JSON.stringify(state), { mode: 0o600 })
    renameSync(next, this.#file)
  }
}
