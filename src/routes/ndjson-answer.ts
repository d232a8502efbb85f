import type { Response } from 'express'
import type { components } from '../generated/openapi.ts'
import type { Outcome } from '../publishing/outcome.ts'

type Schemas = components['schemas']
export type StreamLine =
  | ({ line: number } & Outcome)
  | Schemas['ProgressLine']
  | Schemas['SummaryLine']
  | Schemas['EndedLine']

/** The lines of an answer, written in few pieces. Nobody waits until they are read: what is not read yet is held. */
export class NdjsonAnswer {
  readonly #res: Response
  #pending = ''
  #isScheduled = false

  constructor(res: Response) {
    this.#res = res
  }

  /** Sends the headers, so that a caller who reads while writing knows that it may go on. */
  begin(preferencesApplied: readonly string[]): void {
    if (preferencesApplied.length > 0) this.#res.setHeader('preference-applied', preferencesApplied.join(', '))
    // Proxies would keep the lines back.
    this.#res.setHeader('x-accel-buffering', 'no')
    this.#res.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
  }

  get heldBytes(): number {
    return this.#res.writableLength + this.#pending.length
  }

  add(line: StreamLine): void {
    if (this.#res.destroyed) return
    this.#pending += `${JSON.stringify(line)}\n`
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#flush())
  }

  end(): void {
    this.#res.end(this.#pending)
    this.#pending = ''
  }

  #flush(): void {
    this.#isScheduled = false
    if (this.#pending === '' || this.#res.destroyed) return
    this.#res.write(this.#pending)
    this.#pending = ''
  }
}
