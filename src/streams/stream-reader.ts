import { setTimeout as delay } from 'node:timers/promises'
import type { SlowReaderRule } from '../contracts/contract.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ProblemCode } from '../errors/problems.ts'
import type { Pace } from '../quotas/quotas.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { Channel } from './channel.ts'
import type { StreamConnection } from './connection.ts'
import type { MessageKind, StreamForm } from './forms/stream-form.ts'
import type { Frame } from './frame.ts'
import { gapFrame, recordFrame } from './frames.ts'
import type { History, HistoryPage } from './history.ts'
import { Outbox, strictest } from './outbox.ts'
import { addNewPartitions, isCovered, moveToTail, positionOf, type ReadTopic, recordsFrom } from './read-topic.ts'
import { lastCursor, ReaderOutput } from './reader-output.ts'
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
  #view: View
  readonly #form: StreamForm
  readonly #pace: Pace
  readonly caller: string
  readonly #output: ReaderOutput
  #topics: readonly ReadTopic[]
  #state: ReaderState = 'reading'
  #channel: Channel | undefined
  #catchingUp: AbortController | undefined
  #pageBytes = leastPageBytes
  #turn = 0
  #closingAt = 0

  constructor(
    topics: readonly ReadTopic[],
    { connection, view, form, pace, caller }: ReaderTraits,
    shared: ReaderSurroundings,
  ) {
    this.#topics = topics
    this.#view = view
    this.#form = form
    this.#pace = pace
    this.caller = caller
    this.#shared = shared
    const openOutbox = () => new Outbox(shared.limits.readerBytes, strictest(this.#topics.map(ruleOf)))
    this.#output = new ReaderOutput({ connection, form, openOutbox, now: shared.now })
  }

  get state(): ReaderState {
    return this.#state
  }

  get topics(): readonly ReadTopic[] {
    return this.#topics
  }

  get view(): View {
    return this.#view
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
    return this.#output.writtenCursor ?? this.#channel?.place.cursor ?? this.#ownCursor()
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
    view: View = this.#view,
  ): void {
    const active = this.#active
    const cursor = this.#output.forget()
    if (cursor !== undefined) this.#moveBack(active, cursor)
    else if (this.#channel) for (const topic of active) moveToTail(topic)
    this.#leave()
    this.#topics = change(this.#topics)
    this.#view = view
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

  /** To where a cursor says that it stood. */
  #moveBack(topics: readonly ReadTopic[], cursor: string): void {
    const positions = this.#shared.cursors.verify(cursor).topics
    for (const { followed, next } of topics) {
      const position = positions.find(({ topic }) => topic === followed.topic)
      for (const [partition, offset] of position?.next ?? []) next.set(partition, offset)
    }
  }

  #leave(): void {
    this.#catchingUp?.abort()
    this.#catchingUp = undefined
    this.#channel?.leave(this)
    this.#channel = undefined
  }

  #ownCursor(): string {
    return this.#shared.cursors.sign({ topics: this.#topics.map(positionOf) })
  }

  get #active(): ReadTopic[] {
    return this.#topics.filter(({ isPaused }) => !isPaused)
  }

  /** Out of the rings where they have everything, and else from Kafka. */
  #readOn(): void {
    while (this.#state === 'reading') {
      for (const topic of this.#active) addNewPartitions(topic)
      if (!this.#active.every(isCovered)) {
        void this.#catchUp()
        return
      }
      const records = this.#active.flatMap(recordsFrom).sort((a, b) => a.sequence - b.sequence)
      const written = this.#writeRecords(records, mostPageBytes)
      if (written === records.length) this.#join()
      else this.#enter('page')
    }
  }

  /** From here on its channel writes to it, and nothing came between. */
  #join(): void {
    this.#channel = this.#shared.channelOf(this.#topics, this.#view, this.#form)
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
      const page = await history.page(this.#inTurn(), this.#pageBytes, { signal, caller: this.caller })
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

  /** Of several topics with a history each gets its pages. */
  #inTurn(): ReadTopic[] {
    const active = this.#active
    const first = this.#turn++ % active.length
    return [...active.slice(first), ...active.slice(0, first)]
  }

  /** Bytes of the page. */
  #writePage({ of, gaps, records, next }: HistoryPage): number {
    for (const gap of gaps) {
      of.next.set(gap.partition, gap.to)
      const frame = gapFrame(this.#form, gap, 'retention', this.#ownCursor())
      this.#writeFrames([frame])
    }
    this.#writeRecords(records, Number.POSITIVE_INFINITY)
    for (const [partition, offset] of next) of.next.set(partition, offset)
    this.#enter('page')
    return records.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** In one piece, with cursors of its own. How many of them. */
  #writeRecords(records: readonly StreamRecord[], maxBytes: number): number {
    const reading = { view: this.#view, form: this.#form }
    const frames: Frame[] = []
    let bytes = 0
    let count = 0
    while (count < records.length && bytes < maxBytes) {
      const record = records[count++] as StreamRecord
      const { topic, partition, offset } = record.record
      this.#topics.find(({ followed }) => followed.topic === topic)?.next.set(partition, offset + 1)
      const frame = recordFrame(reading, record, () => this.#ownCursor())
      if (!frame) continue
      frames.push(frame)
      bytes += frame.bytes.length
    }
    if (frames.length > 0) this.#writeFrames(frames)
    return count
  }

  #fail(error: unknown): void {
    if (!(error instanceof GatewayError)) this.#shared.onFault(error)
    if (error instanceof GatewayError) this.end(error.code, error.message)
    else this.end('internal', 'Something failed that should not have. Open the stream again with this cursor.')
  }
}

const ruleOf = ({ followed }: ReadTopic): SlowReaderRule => followed.contract.slowReaders
