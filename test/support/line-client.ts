import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { projectDirectory } from '../../local/paths.ts'
import { pollUntil } from './poll.ts'
import { assertStreamLine, type StreamLine } from './stream-lines.ts'

interface LineClientOptions {
  count: number
  /** Bytes that make a line longer. */
  pad?: number
  /** Whether it reads only when it is told to. */
  waits?: boolean
}

/** A client in Python, standard library alone: it sends all its lines before it reads a byte of the answer. */
export class LineClient implements AsyncDisposable {
  readonly #child
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''

  constructor(url: string, token: string, { count, pad = 0, waits = false }: LineClientOptions) {
    const script = join(projectDirectory, 'test', 'clients', 'send-lines.py')
    const args = [script, url, token, String(count), String(pad), ...(waits ? ['wait'] : [])]
    this.#child = spawn('python3', args, { stdio: 'pipe' })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
  }

  /** Until everything is sent, though nothing of the answer is read. */
  async sent(): Promise<void> {
    await pollUntil(() => {
      assert.equal(this.#stderr, '')
      return this.#stdout.startsWith('sent\n')
    }, 60_000)
  }

  /** Lets it read, and answers what it read. */
  async answer(): Promise<StreamLine[]> {
    this.#child.stdin.end()
    await this.#closed
    assert.equal(this.#stderr, '')
    const [sent, status, ...lines] = this.#stdout.trimEnd().split('\n')
    assert.deepEqual([sent, status], ['sent', '200'])
    return lines.map(assertStreamLine)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}
