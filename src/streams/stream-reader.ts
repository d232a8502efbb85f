import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import type { Pace } from '../quotas/quotas.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { Channel } from './channel.ts'
import type { StreamConnection } from './connection.ts'
import type { MessageKind, StreamForm } from './forms/stream-form.ts'
import type { Frame } from './frame.ts'
import type { History, HistoryPage } from './history.ts'
import { Outbox } from './outbox.ts'
import type { ReadTopic } from './read-topic.ts'
import { lastCursor, ReaderOutput } from './reader-output.ts'
import { ReaderPlace } from './reader-place.ts'
import { type ReaderInput, type ReaderState, stateAfter } from './reader-states.ts'
import type { StreamRecord } from './stream-record.ts'
import type { View } from './view.ts'

/** What all readers of a worker share. */
export interface ReaderSurroundings {
  cursors: CursorSigner
  history: Pick<History, 'page'>
  /** Of live readers who read the same. */
  channelOf: (topics: readonly ReadTopic[], view: View, form: StreamForm) => Channel
  onGone: (reader: StreamReader) => void
  /** Of something that should not have failed. */
  onFault: (error: unknown) => void
  now: () => number
  limits: { readerBytes: number; catchUpBytesPerSecond: number }
}

export interface ReaderTraits {
  connection: StreamConnection
  view: View
  form: StreamForm
  pace: Pace
  caller: string
}

const leastPageBytes = 64 * 1024
const mostPageBytes = 1024 * 1024
/** A connection that takes a page within this time gets larger ones. */
const quickMs = 100
// Node fires a timer at once that is set for longer.
const longestDelayMs = 2_147_483_647

/** One reader of a stream: its states are those of docs/streams.md. */
export class StreamReader {
  readonly #shared: ReaderSurroundings
  readonly #form: StreamForm
  readonly #pace: Pace
  readonly caller: string
  readonly #place: ReaderPlace
  readonly #output: ReaderOutput
  #state: ReaderState = 'reading'
  #channel: Channel | undefined
  #catchingUp: AbortController | undefined
  #pageBytes = leastPageBytes
  #closingAt = 0

  constructor(
    topics: readonly ReadTopic[],
    { connection, view, form, pace, caller }: ReaderTraits,
    shared: ReaderSurroundings,
  ) {
    this.#place = new ReaderPlace({ topics, view, form, cursors: shared.cursors })
    this.#form = form
    this.#pace = pace
    this.caller = caller
    this.#shared = shared
    const openOutbox = () => new Outbox(shared.limits.readerBytes, this.#place.slowReaderRule)
    this.#output = new ReaderOutput({ connection, form, openOutbox, now: shared.now })
  }

  get state(): ReaderState {
    return this.#state
  }

  get topics(): readonly ReadTopic[] {
    return this.#place.topics
  }

  get view(): View {
    return this.#place.view
  }

  /** When something was written last. */
  get writtenAt(): number {
    return this.#output.writtenAt
  }

  /** When its last message was written; 0 before. */
  get closingAt(): number {
    return this.#closingAt
  }

  /** Where one goes on who has read everything that was written. */
  get cursor(): string {
    return this.#output.writtenCursor ?? this.#channel?.place.cursor ?? this.#place.cursor()
  }

  /** To be called once. */
  start(): void {
    this.#readOn()
    // So that it can go on from here, even if it is cut before anything comes.
    if (this.#state === 'live') this.say()
  }

  /** What its channel has for all. */
  take(frames: readonly Frame[], bytes: Buffer): void {
    if (this.#state === 'live') this.#write(bytes, lastCursor(frames))
    else if (this.#state === 'lagging' && !this.#output.hold(frames)) {
      const { readerBytes } = this.#shared.limits
      const detail = `More than ${readerBytes} bytes wait to be read. Open the stream again with this cursor.`
      this.end('reader-too-slow', detail)
    }
  }

  /** Its connection takes more again. */
  drained(): void {
    if (this.#state === 'closing' || this.#state === 'closed' || !this.#output.drain()) return
    const wasWaiting = this.#state === 'waiting'
    this.#enter('drained')
    const isQuick = this.#shared.now() - this.writtenAt < quickMs
    this.#pageBytes = isQuick ? Math.min(mostPageBytes, this.#pageBytes * 2) : leastPageBytes
    if (wasWaiting && !this.#catchingUp) this.#readOn()
  }

  /**
   * Reads other topics from now on, or the same ones from elsewhere or in another view. What waits to be written is not written: it is read again,
   * from where the reader stands. `onMoved` is called before anything is read anew.
   */
  move(
    change: (topics: readonly ReadTopic[]) => readonly ReadTopic[],
    onMoved: () => void,
    view: View = this.#place.view,
  ): void {
    const cursor = this.#output.forget()
    if (cursor !== undefined) this.#place.moveBackTo(cursor)
    else if (this.#channel) this.#place.moveToTail()
    this.#leave()
    this.#place.change(change(this.#place.topics), view)
    this.#enter('moved')
    onMoved()
    if (this.#state === 'reading') this.#readOn()
  }

  /** Says something that is no event; a heartbeat where there is nothing to say. False: its connection takes no more. */
  say(kind?: MessageKind, content?: object): boolean {
    if (this.#state !== 'live' && this.#state !== 'reading') return false
    const { cursor } = this
    if (kind && content) this.#write(this.#form.message(kind, JSON.stringify(content), cursor), cursor)
    else this.#write(this.#channel?.heartbeat ?? this.#form.heartbeat(cursor), cursor)
    return true
  }

  /** The last message, with the reason. */
  end(code: ProblemCode, detail: string): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    const bytes = this.#form.message('closing', JSON.stringify({ code, detail }), this.cursor)
    this.#leave()
    this.#enter('end')
    this.#closingAt = this.#shared.now()
    this.#output.end(bytes, code)
  }

  cut(): void {
    this.#output.cut()
  }

  /** Its connection is closed. */
  gone(): void {
    if (this.#state === 'closed') return
    this.#leave()
    this.#enter('gone')
    this.#shared.onGone(this)
  }

  #enter(input: ReaderInput): void {
    this.#state = stateAfter(this.#state, input)
  }

  #write(bytes: Buffer, cursor: string): void {
    if (!this.#output.write(bytes, cursor)) this.#enter('full')
  }

  #writeFrames(frames: readonly Frame[]): void {
    if (!this.#output.writeFrames(frames)) this.#enter('full')
  }

  #leave(): void {
    this.#catchingUp?.abort()
    this.#catchingUp = undefined
    this.#channel?.leave(this)
    this.#channel = undefined
  }

  /** Out of the rings where they have everything, and else from Kafka. */
  #readOn(): void {
    while (this.#state === 'reading') {
      if (!this.#place.isCovered()) {
        void this.#catchUp()
        return
      }
      const records = this.#place.recordsInRings()
      const written = this.#writeRecords(records, mostPageBytes)
      if (written === records.length) this.#join()
      else this.#enter('page')
    }
  }

  /** From here on its channel writes to it, and nothing came between. */
  #join(): void {
    this.#channel = this.#shared.channelOf(this.#place.topics, this.#place.view, this.#form)
    this.#channel.readers.add(this)
    this.#enter('covered')
  }

  async #catchUp(): Promise<void> {
    const { history, limits, now } = this.#shared
    const catchingUp = new AbortController()
    const { signal } = catchingUp
    this.#catchingUp = catchingUp
    try {
      const startedAt = now()
      const page = await history.page(this.#place.topicsInTurn(), this.#pageBytes, { signal, caller: this.caller })
      if (signal.aborted) return
      if (page) {
        const bytes = this.#writePage(page)
        this.#pace.spend(page.records.length, bytes)
        const dueMs = (bytes / limits.catchUpBytesPerSecond) * 1000 - (now() - startedAt)
        await delay(Math.max(1, dueMs, Math.min(this.#pace.waitMs(), longestDelayMs)), undefined, { signal })
      }
      this.#catchingUp = undefined
      this.#readOn()
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
    }
  }

  /** Bytes of the page. */
  #writePage(page: HistoryPage): number {
    for (const gap of this.#place.gapFramesOf(page)) this.#writeFrames([gap])
    this.#writeRecords(page.records)
    for (const [partition, offset] of page.next) page.of.next.set(partition, offset)
    this.#enter('page')
    return page.records.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** In one piece. How many of them. */
  #writeRecords(records: readonly StreamRecord[], maxBytes?: number): number {
    const { frames, passed } = this.#place.framesOf(records, maxBytes)
    if (frames.length > 0) this.#writeFrames(frames)
    return passed
  }

  #fail(error: unknown): void {
    if (!(error instanceof GatewayError)) this.#shared.onFault(error)
    if (error instanceof GatewayError) this.end(error.code, error.message)
    else this.end('internal', 'Something failed that should not have. Open the stream again with this cursor.')
  }
}
