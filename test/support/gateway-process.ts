import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { projectDirectory } from '../../local/paths.ts'
import { pollUntil } from './poll.ts'

type Environment = Record<string, string>

/** The program as it is started: `node src/main.ts`, with these variables and none of Headgate's besides. */
export class GatewayProcess implements AsyncDisposable {
  stdout = ''
  stderr = ''
  readonly exit: Promise<{ code: number | null; ms: number }>
  readonly #child: ChildProcess

  constructor(env: Environment, nodeArgs: readonly string[] = []) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(HEADGATE_|NODE_)/.test(name))
    const started = performance.now()
    this.#child = spawn(process.execPath, [...nodeArgs, join(projectDirectory, 'src', 'main.ts')], {
      cwd: projectDirectory,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exit = once(this.#child, 'close').then(([code]) => ({ code, ms: performance.now() - started }))
  }

  /** Answers the URL as soon as the process has logged it. */
  async listening(): Promise<string> {
    let url: string | undefined
    await pollUntil(() => {
      if (this.#child.exitCode !== null) throw new Error(`the gateway ended: ${this.stderr}`)
      url = /"url":"([^"]+)","msg":"Listening"/.exec(this.stdout)?.[1]
      return url !== undefined
    })
    return url as string
  }

  get pid(): number {
    return this.#child.pid as number
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exit
  }
}
