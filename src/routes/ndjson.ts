import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Request, Response } from 'express'
import type { ProblemCode } from '../errors/problems.ts'
import type { JsonValue } from '../json/json-value.ts'
import type { EventStream } from '../publishing/event-stream.ts'
import { LineSplitter } from '../publishing/line-splitter.ts'
import { contentEncoding } from './content-headers.ts'
import { traceOf } from './event-input.ts'
import { lineEventReader } from './line-event.ts'
import { NdjsonAnswer } from './ndjson-answer.ts'
import type { Operation } from './operation.ts'
import { refuseParameters } from './parameters.ts'
import { parsePreferences } from './preferences.ts'
import { ndjson } from './publish-body.ts'
import type { RouteContext } from './route-context.ts'

const inEnvelope = 'stands in the envelope of each line'
const tickMs = 100
const progressMs = 1_000

type NdjsonContext = Pick<RouteContext, 'publisher' | 'checkBody' | 'readiness' | 'config'>

/** Publishing a stream of lines. */
export function publishLines(context: NdjsonContext): Operation<'publishEvent'> {
  const { publisher, checkBody, config } = context
  const checkLine = (value: JsonValue, bytes: number) => checkBody('publishEvent', { value, mediaType: ndjson, bytes })
  const eventOf = lineEventReader(checkLine, config.limits.jsonDepth)

  return async ({ params, query, headers, req }, res) => {
    refuseParameters('query', query, ['key', 'partition', 'timestamp'], inEnvelope)
    refuseParameters('header', headers, ['Event-Key', 'Event-Headers'], inEnvelope)
    const encoding = contentEncoding(req.headers['content-encoding'])
    const { waitMs } = parsePreferences(headers.Prefer)
    const trace = traceOf(req)
    const answer = new NdjsonAnswer(res)
    const stream = await publisher.openStream({
      topic: params.topic,
      eventOf,
      ...(waitMs !== undefined && { waitMs }),
      ...(trace && { trace }),
      reportsPublished: query.outcomes === 'all',
      onOutcome: (line, outcome) => answer.add({ line, ...outcome }),
      onSettled: () => exchange.wake(),
    })
    const input = encoding === 'gzip' ? req.pipe(createGunzip()) : req
    const exchange = new Exchange({ ...context, req, res, input, answer, stream })
    answer.begin(waitMs === undefined ? [] : [`wait=${waitMs / 1000}`])
    await exchange.run()
  }
}

interface ExchangeParts extends NdjsonContext {
  req: Request
  res: Response
  /** The lines, inflated. */
  input: Readable
  answer: NdjsonAnswer
  stream: EventStream
}

/**
 * One request and its answer: lines are taken as long as there is room for their events, and the socket is paused while there is
 * none. It reads until everything is read, or there is a reason to end, or the caller is gone; then it waits until no event is
 * open; then the last line is written. It never waits until its answer is read: many callers send everything before they read.
 */
class Exchange {
  readonly #parts: ExchangeParts
  readonly #splitter: LineSplitter
  readonly #done = Promise.withResolvers<void>()
  #isReading = true
  #isPaused = false
  #isAwake = false
  #reason: { code: ProblemCode; detail: string } | undefined
  #timer: NodeJS.Timeout | undefined
  /** When a byte came last, or reading went on. */
  #activeAt = Date.now()
  #progress = { at: Date.now(), read: 0 }

  constructor(parts: ExchangeParts) {
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
      if (!this.#isReading) return
      this.#splitter.push(chunk)
      this.#proceed()
    })
    input.on('end', () => {
      this.#splitter.end()
      this.#proceed()
    })
    req.on('error', () => {})
    if (input !== req) input.on('error', () => this.#end('malformed-request', 'The body is not valid gzip.'))
    res.on('close', () => {
      this.#isReading = false
      this.#proceed()
    })
    this.#timer = setInterval(() => this.#tick(Date.now()), tickMs)
    return this.#done.promise
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
      if (!this.#isReading && this.#parts.stream.open === 0) this.#finish()
    } catch (error) {
      this.#isReading = false
      clearInterval(this.#timer)
      this.#done.reject(error)
    }
  }

  #takeLines(): void {
    const { stream, answer, input, config } = this.#parts
    const now = Date.now()
    while (this.#isReading) {
      if (!stream.hasRoom) {
        this.#pause()
        return
      }
      const line = this.#splitter.next()
      if (line !== undefined) stream.take(line, this.#splitter.number, now)
      else if (input.readableEnded) this.#isReading = false
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
    const { stream, readiness, config } = this.#parts
    stream.tick(now)
    const { deadlineMs } = config.publish
    const { bodyTimeoutMs } = config.http
    if (!this.#isPaused && now - this.#activeAt >= bodyTimeoutMs) {
      this.#end('request-timeout', `Nothing of the request arrived for ${bodyTimeoutMs} ms.`)
    } else if (readiness.isStopping) {
      this.#end('gateway-stopping', 'This replica stops; send the rest again.')
    } else if (this.#isReading && stream.isUnheard(now)) {
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

  /** Takes nothing more. What still comes is read and dropped, since a caller that cannot send on may never read the answer. */
  #end(code: ProblemCode, detail: string): void {
    if (!this.#isReading) return
    this.#isReading = false
    this.#reason = { code, detail }
    const { req, res, input } = this.#parts
    res.locals.problem = code
    if (input !== req) {
      req.unpipe()
      input.destroy()
    }
    req.resume()
    this.wake()
  }

  #finish(): void {
    clearInterval(this.#timer)
    const { req, res, input, answer, stream, config } = this.#parts
    const { bodyTimeoutMs } = config.http
    if (input !== req) input.destroy()
    if (!res.destroyed && !res.writableEnded) {
      if (this.#reason) {
        this.#tellProgress(Date.now())
        answer.add({ ended: { ...this.#reason, lastLine: stream.lastLine } })
      } else answer.add({ summary: this.#counts() })
      answer.end()
      req.socket.setTimeout(bodyTimeoutMs)
      if (!req.complete) this.#limitRest(bodyTimeoutMs)
    }
    this.#done.resolve()
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
