import type { Readable } from 'node:stream'
import type { Request, Response } from 'express'
import type { ProblemCode } from '../errors/problems.ts'
import type { EventStream } from '../publishing/event-stream.ts'
import { LineSplitter } from '../publishing/line-splitter.ts'
import type { Pace } from '../quotas/quotas.ts'
import type { NdjsonAnswer } from './ndjson-answer.ts'
import type { RouteContext } from './route-context.ts'

interface NdjsonExchangeParts extends Pick<RouteContext, 'readiness' | 'config'> {
  req: Request
  res: Response
  /** The lines, inflated: the request itself, or what it is piped into. */
  input: Readable
  answer: NdjsonAnswer
  stream: EventStream
  pace: Pace
}

const tickMs = 100
const progressMs = 1_000

/**
 * One request and its answer: reading → settling → over. Lines are taken as long as there is room for their events, and the socket
 * is paused while there is none. It reads until everything is read, or there is a reason to end, or the caller is gone; it settles
 * until no event is open; then the last line is written. It never waits until its answer is read: many callers send
 * everything before they read.
 */
export class NdjsonExchange {
  readonly #parts: NdjsonExchangeParts
  readonly #splitter: LineSplitter
  readonly #over = Promise.withResolvers<void>()
  #state: 'reading' | 'settling' | 'over' = 'reading'
  #isPaused = false
  #isAwake = false
  #reason: { code: ProblemCode; detail: string } | undefined
  #timer: NodeJS.Timeout | undefined
  /** When a byte came last, or reading went on. */
  #activeAt = Date.now()
  #progress = { at: Date.now(), read: 0 }

  constructor(parts: NdjsonExchangeParts) {
    this.#parts = parts
    this.#splitter = new LineSplitter(parts.config.limits.eventBytes)
  }

  /** Settles when the last line is written, or the caller is gone and no event is open any more. */
  run(): Promise<void> {
    const { req, res, input } = this.#parts
    req.on('data', () => {
      this.#activeAt = Date.now()
    })
    input.on('data', (chunk: Buffer) => {
      if (this.#state !== 'reading') return
      this.#splitter.push(chunk)
      this.#proceed()
    })
    input.on('end', () => {
      this.#splitter.end()
      this.#proceed()
    })
    req.on('error', () => {})
    if (input !== req) input.on('error', () => this.#end('malformed-request', 'The body is not valid gzip.'))
    res.on('close', () => this.#settle())
    this.#timer = setInterval(() => this.#tick(Date.now()), tickMs)
    // It may have been closed while the topic was looked up.
    if (res.closed) this.#settle()
    return this.#over.promise
  }

  /** There may be room again, or no event open any more. */
  wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    setImmediate(() => {
      this.#isAwake = false
      this.#proceed()
    })
  }

  #proceed(): void {
    try {
      this.#takeLines()
      if (this.#state === 'settling' && this.#parts.stream.open === 0) this.#finish()
    } catch (error) {
      this.#close()
      this.#over.reject(error)
    }
  }

  #takeLines(): void {
    const { stream, answer, input, config } = this.#parts
    const now = Date.now()
    while (this.#state === 'reading') {
      if (!stream.hasRoom) {
        this.#pause()
        return
      }
      const line = this.#splitter.next()
      if (line !== undefined) stream.take(line, this.#splitter.number, now)
      else if (input.readableEnded) this.#state = 'settling'
      else {
        this.#resume()
        return
      }
      if (answer.heldBytes > config.publish.streamAnswerBytes) {
        this.#end(
          'answer-not-read',
          `More than ${config.publish.streamAnswerBytes} bytes of this answer wait to be read.`,
        )
      }
    }
  }

  #tick(now: number): void {
    const { stream, pace, readiness, config } = this.#parts
    stream.tick(now)
    const { deadlineMs } = config.publish
    const { bodyTimeoutMs } = config.http
    const excess = this.#isPaused ? pace.excess(bodyTimeoutMs) : undefined
    if (!this.#isPaused && now - this.#activeAt >= bodyTimeoutMs) {
      this.#end('request-timeout', `Nothing of the request arrived for ${bodyTimeoutMs} ms.`)
    } else if (readiness.isStopping) {
      this.#end('gateway-stopping', 'This replica stops; send the rest again.')
    } else if (stream.denial) {
      this.#end(stream.denial.code, stream.denial.message)
    } else if (this.#state === 'reading' && excess) {
      this.#end(excess.code, `${excess.message} Send the rest later.`)
    } else if (this.#state === 'reading' && stream.isUnheard(now)) {
      this.#end('kafka-unavailable', `Kafka has confirmed nothing of this request for ${deadlineMs} ms.`)
      stream.giveUp(now)
    }
    if (now - this.#progress.at >= progressMs) this.#tellProgress(now)
    this.#proceed()
  }

  #pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#parts.input.pause()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#activeAt = Date.now()
    this.#parts.input.resume()
  }

  #end(code: ProblemCode, detail: string): void {
    if (this.#state !== 'reading') return
    this.#reason = { code, detail }
    this.#parts.res.locals.problem = code
    this.#settle()
  }

  /** Takes nothing more. What still comes is read and dropped, since a caller that cannot send on may never read the answer. */
  #settle(): void {
    if (this.#state !== 'reading') return
    this.#state = 'settling'
    this.#dropRest()
    this.wake()
  }

  #dropRest(): void {
    const { req, input } = this.#parts
    if (input !== req) {
      req.unpipe()
      input.destroy()
    }
    req.resume()
  }

  #close(): void {
    this.#state = 'over'
    clearInterval(this.#timer)
  }

  #finish(): void {
    this.#close()
    const { req, res, answer, stream, config } = this.#parts
    const { bodyTimeoutMs } = config.http
    if (!res.closed) {
      if (this.#reason) {
        this.#tellProgress(Date.now())
        answer.add({ ended: { ...this.#reason, lastLine: stream.lastLine } })
      } else answer.add({ summary: this.#counts() })
      answer.end()
      req.socket.setTimeout(bodyTimeoutMs)
      if (!req.complete) this.#limitRest(bodyTimeoutMs)
    }
    this.#over.resolve()
  }

  /** A caller that goes on sending and never reads would keep the end of its answer here for ever. */
  #limitRest(limitMs: number): void {
    const { req, res } = this.#parts
    const timer = setTimeout(() => req.socket.destroy(), limitMs)
    res.on('close', () => clearTimeout(timer))
  }

  #tellProgress(now: number): void {
    const counts = this.#counts()
    if (counts.read === this.#progress.read) return
    this.#progress = { at: now, read: counts.read }
    this.#parts.answer.add({ progress: { lastLine: this.#parts.stream.lastLine, ...counts } })
  }

  #counts() {
    const { counts } = this.#parts.stream
    const read = counts.published + counts.refused + counts.withheld + counts.failed + counts.unknown
    return { read, ...counts }
  }
}
