import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

/** A process that is asked by lines of JSON, one at a time, and answers each with one. */
export class LineProcess implements AsyncDisposable {
  readonly #name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #ended: Promise<string>
  readonly #answers: AsyncIterator<string>

  /** @param file of `bench/`, which its ending says how to run */
  constructor(file: string, ...args: readonly string[]) {
    this.#name = file
    const program = file.endsWith('.py') ? 'python3' : process.execPath
    this.#child = spawn(program, [join(import.meta.dirname, file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin.on('error', () => {})
    this.#ended = once(this.#child, 'exit').then(
      ([code, signal]) => `ended with ${signal ?? `code ${code}`}`,
      (error: Error) => error.message,
    )
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async ask<Answer>(request: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`${this.#name} ${await this.#ended}`)
    return JSON.parse(value) as Answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await this.#ended
  }
}
