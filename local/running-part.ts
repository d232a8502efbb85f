import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { LocalError } from './local-error.ts'
import { logTail } from './log-tail.ts'
import { waitUntilStopped } from './stopped-process.ts'
import { waitUntil } from './wait-until.ts'

export interface PartCommand {
  name: string
  file: string
  args: readonly string[]
  cwd?: string
  env?: Readonly<NodeJS.ProcessEnv>
  /** Appended to. */
  logFile: string
  isReady(): Promise<boolean>
  readyLimitMs: number
}

/** What whoever starts a part may follow it with. */
export interface StartOptions {
  signal?: AbortSignal
  /** Called before anything is awaited, also on each restart. */
  onSpawn?: (pid: number) => void
}

const stopLimitMs = 25_000
const tailLines = 25

/**
 * A started program that is ready for use. It leads a process group of its own, so a terminal's Ctrl-C does not reach
 * it: it stops when it is disposed.
 */
export class RunningPart implements AsyncDisposable {
  /** Settles, with an error that says how and holds the end of the log, only if the program ends by itself. */
  readonly lost: Promise<LocalError>
  readonly #command: PartCommand
  readonly #options: StartOptions
  readonly #reportLoss: (error: LocalError) => void
  #child!: ChildProcess
  #ended!: Promise<string>
  #isEnding = false

  private constructor(command: PartCommand, options: StartOptions) {
    this.#command = command
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<LocalError>()
    this.lost = promise
    this.#reportLoss = resolve
  }

  static async start(command: PartCommand, options: StartOptions = {}): Promise<RunningPart> {
    const part = new RunningPart(command, options)
    await part.#start()
    return part
  }

  get name(): string {
    return this.#command.name
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.name} has no process`)
    return pid
  }

  get logFile(): string {
    return this.#command.logFile
  }

  /** Freezes the program, and returns when it is: its connections stay open and say nothing. */
  pause(): void {
    this.#signal('SIGSTOP')
    waitUntilStopped(this.pid)
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  /** Ends the program as a power cut would. */
  async kill(): Promise<void> {
    this.#isEnding = true
    this.#signal('SIGKILL')
    await this.#ended
  }

  /** Starts the program again, with the same ports and data; stops it first where it still runs. */
  async restart(): Promise<void> {
    await this.#stop()
    await this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }

  async #start(): Promise<void> {
    this.#spawn()
    try {
      await this.#becomeReady()
    } catch (error) {
      await this.#stop()
      throw error
    }
  }

  #spawn(): void {
    const { file, args, cwd, env, logFile } = this.#command
    mkdirSync(dirname(logFile), { recursive: true })
    const log = openSync(logFile, 'a')
    this.#isEnding = false
    this.#child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    const { promise, resolve } = Promise.withResolvers<string>()
    this.#ended = promise
    this.#child.once('error', (error) => this.#onEnd(error.message, resolve))
    this.#child.once('exit', (code, signal) => this.#onEnd(signal ? `by ${signal}` : `with code ${code}`, resolve))
    if (this.#child.pid !== undefined) this.#options.onSpawn?.(this.#child.pid)
  }

  #onEnd(how: string, resolve: (how: string) => void): void {
    if (!this.#isEnding) this.#reportLoss(this.#failure(`ended by itself, ${how}`))
    resolve(how)
  }

  async #becomeReady(): Promise<void> {
    const { isReady, readyLimitMs } = this.#command
    const giveUp = new AbortController()
    const signal = AbortSignal.any([giveUp.signal, ...(this.#options.signal ? [this.#options.signal] : [])])
    const ready = waitUntil(isReady, { limitMs: readyLimitMs, signal })
    const outcome = await Promise.race([ready, this.#ended]).finally(() => giveUp.abort())
    if (outcome === false) throw this.#failure(`was not ready after ${readyLimitMs / 1000} s`)
    if (outcome !== true) {
      await ready.catch(() => {})
      throw this.#failure(`ended by itself, ${outcome}`)
    }
  }

  async #stop(): Promise<void> {
    if (!this.#isRunning) return
    this.#isEnding = true
    this.#signal('SIGCONT')
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), stopLimitMs)
    await this.#ended
    clearTimeout(timer)
  }

  get #isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#isRunning) process.kill(-this.pid, signal)
  }

  #failure(what: string): LocalError {
    const tail = logTail(this.logFile, tailLines).map((line) => `  ${line}`)
    return new LocalError([`${this.name} ${what}. The end of ${this.logFile}:`, ...tail].join('\n'))
  }
}
