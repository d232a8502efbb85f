import { LRUCache } from 'lru-cache'
import type { Config } from '../config/config.ts'
import type { Permit } from '../contracts/rules.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Logger } from '../observability/logger.ts'
import type { Pace } from '../quotas/quotas.ts'
import type { Cursor, TopicPosition } from '../reading/cursor.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { EventWish } from '../reading/matching-events.ts'
import type { Positions } from '../reading/positions.ts'
import type { StartPosition } from '../reading/start-position.ts'
import { Channels } from './channels.ts'
import type { StreamConnection } from './connection.ts'
import type { FollowedTopic } from './followed-topic.ts'
import { contractOther, FollowedTopics, type FollowedTopicsParts } from './followed-topics.ts'
import type { StreamForm } from './forms/stream-form.ts'
import { History, type HistoryParts } from './history.ts'
import { moveToTail, type ReadTopic } from './read-topic.ts'
import { type StreamCredentials, StreamLife } from './stream-life.ts'
import { StreamPlaces } from './stream-places.ts'
import { type ReaderSurroundings, StreamReader } from './stream-reader.ts'
import { View } from './view.ts'

export interface LiveStreamsParts
  extends Omit<FollowedTopicsParts, 'ringBytes' | 'quietMs' | 'onEnded'>,
    Omit<HistoryParts, 'positions' | 'decoder'> {
  positions: Pick<Positions, 'begin' | 'resume' | 'gaps'>
  cursors: CursorSigner
  settings: Config['stream']
  log: Logger
}

/** Where topics are to be read from. */
export interface StreamStart {
  topics: readonly string[]
  /** Goes before `from` for the topics that it has. */
  cursor: Cursor | undefined
  from: StartPosition
  /** Whether the contracts of the topics let the caller. */
  permit: Permit
}

export interface StreamOptions extends StreamStart, EventWish {
  form: StreamForm
  connection: StreamConnection
  credentials: StreamCredentials
  /** Whose places and turns it takes. */
  caller: string
  /** Of what it reads of the past. */
  pace: Pace
}

const tickMs = 1_000
const checkMs = 5_000
const mostViews = 1_000

/** All streams of a worker. */
export class LiveStreams implements Disposable {
  readonly #parts: LiveStreamsParts
  readonly #topics: FollowedTopics
  readonly #surroundings: ReaderSurroundings
  readonly #views = new LRUCache<string, View>({ max: mostViews })
  readonly #places: StreamPlaces
  readonly #lives = new Map<StreamReader, StreamLife>()
  readonly #timers: readonly NodeJS.Timeout[]
  #isStopping = false

  constructor(parts: LiveStreamsParts) {
    const { cursors, settings, log } = parts
    const channels = new Channels(cursors)
    this.#parts = parts
    this.#places = new StreamPlaces(settings.readers)
    this.#surroundings = {
      cursors,
      history: new History(parts),
      channelOf: (topics, view, form) => channels.of(topics, view, form),
      onGone: (reader) => {
        this.#lives.delete(reader)
        this.#places.giveBack(reader.caller)
        this.giveBack(reader.topics)
      },
      onFault: (err) => log.error({ err }, 'A stream failed'),
      now: Date.now,
      limits: settings,
    }
    this.#topics = new FollowedTopics({
      ...parts,
      ringBytes: settings.ringBytes,
      quietMs: settings.tailQuietMs,
      onEnded: (followed, code, detail) => {
        for (const reader of this.#lives.keys()) if (reads(reader, followed)) reader.end(code, detail)
      },
    })
    this.#timers = [
      setInterval(() => this.#tick(), tickMs).unref(),
      setInterval(() => void this.#topics.check(), checkMs).unref(),
    ]
  }

  get open(): number {
    return this.#lives.size
  }

  get followedTopics(): number {
    return this.#topics.size
  }

  /** A reader to be started when its connection is ready. Throws GatewayErrors: `topic-not-found`, `topic-recreated`, `kafka-unavailable`, `gateway-full`, … */
  async openStream(options: StreamOptions): Promise<StreamReader> {
    const { settings } = this.#parts
    const { form, connection, credentials, pace, caller } = options
    if (this.#isStopping) throw new GatewayError('gateway-stopping', 'This replica stops.')
    this.#places.take(caller)
    try {
      const topics = await this.topicsFrom(options)
      const traits = { form, connection, pace, caller, view: this.#view(options) }
      const reader = new StreamReader(topics, traits, this.#surroundings)
      this.#lives.set(reader, new StreamLife(reader, credentials, settings, Date.now()))
      return reader
    } catch (error) {
      this.#places.giveBack(caller)
      throw error
    }
  }

  /** Topics at the places where they are to be read from; to be given back where no reader gets them. */
  async topicsFrom(start: StreamStart): Promise<ReadTopic[]> {
    const names = [...new Set(start.topics)].sort()
    const taken = await Promise.allSettled(names.map((name) => this.#topicFrom(name, start)))
    const topics = taken.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = taken.find((result) => result.status === 'rejected')
    try {
      if (failed) throw failed.reason
      assertAllowed(topics, start.permit)
      return topics
    } catch (error) {
      this.giveBack(topics)
      throw error
    }
  }

  giveBack(topics: readonly ReadTopic[]): void {
    for (const { followed } of topics) this.#topics.giveBack(followed)
  }

  /** What a reader is to see from now on. */
  viewFor(reader: StreamReader, unmasked: ReadonlySet<string>): View {
    return this.#view({ ...reader.view.wish, unmasked })
  }

  /** Whoever reads the topic is told where to go on. */
  contractChanged(topic: string): void {
    this.#topics.contractChanged(topic)
  }

  renew(reader: StreamReader, credentials: StreamCredentials): void {
    this.#lives.get(reader)?.renew(credentials)
  }

  /** Tells every reader where to go on, and takes no new one. */
  stop(): void {
    this.#isStopping = true
    for (const reader of [...this.#lives.keys()]) {
      reader.end('gateway-stopping', 'This replica stops. Open the stream again with this cursor.')
    }
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer)
    for (const reader of [...this.#lives.keys()]) reader.cut()
    this.#topics[Symbol.dispose]()
  }

  async #topicFrom(name: string, { cursor, from }: StreamStart): Promise<ReadTopic> {
    const followed = await this.#topics.take(name)
    try {
      await this.#topics.freshen(followed)
      const known = cursor?.topics.find(({ topic }) => topic === name)
      if (known) return readTopic(followed, await this.#parts.positions.resume(known))
      if (from.at !== 'latest') return readTopic(followed, await this.#parts.positions.begin(name, from))
      const topic: ReadTopic = { followed, partition: null, next: new Map(), isPaused: false }
      moveToTail(topic)
      return topic
    } catch (error) {
      this.#topics.giveBack(followed)
      throw error
    }
  }

  #view(wish: EventWish): View {
    const key = View.keyOf(wish)
    const known = this.#views.get(key)
    if (known) return known
    const view = new View(wish)
    this.#views.set(key, view)
    return view
  }

  #tick(): void {
    const now = Date.now()
    for (const life of this.#lives.values()) life.tick(now)
  }
}

const readTopic = (followed: FollowedTopic, { partition, next }: TopicPosition): ReadTopic => ({
  followed,
  partition,
  next: new Map(next),
  isPaused: false,
})

const reads = (reader: StreamReader, followed: FollowedTopic): boolean =>
  reader.topics.some((topic) => topic.followed === followed)

/** By the very contracts that they are read by. */
function assertAllowed(topics: readonly ReadTopic[], permit: Permit): void {
  for (const { followed } of topics) {
    if (followed.hasEnded) throw contractOther(followed.topic)
    permit(followed.contract)
  }
}
