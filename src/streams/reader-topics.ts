import type { GatewayError } from '../errors/gateway-error.ts'
import { requestError } from '../errors/request-fault.ts'
import type { LiveStreams, StreamStart } from './live-streams.ts'
import type { ReadTopic } from './read-topic.ts'
import type { StreamReader } from './stream-reader.ts'
import type { View } from './view.ts'

/** What a reader reads from now on. */
export interface ReaderTopicsState {
  topics: string[]
  paused: string[]
}

/** Called when it is so, and nothing has been read since. */
export type OnChanged = (state: ReaderTopicsState, cursor: string) => void

type Streams = Pick<LiveStreams, 'topicsFrom' | 'giveBack' | 'viewFor'>

/**
 * The topics of one reader, changed while it reads; one change at a time. Of a topic that was left or paused nothing is
 * written after the change was told, and of one that was added nothing before.
 */
export class ReaderTopics {
  readonly #streams: Streams
  readonly #reader: StreamReader
  readonly #mostTopics: number

  constructor(streams: Streams, reader: StreamReader, mostTopics: number) {
    this.#streams = streams
    this.#reader = reader
    this.#mostTopics = mostTopics
  }

  get names(): string[] {
    return this.#reader.topics.map(nameOf)
  }

  /** Throws `invalid-body` for topics that are read already, or are too many, and what `topicsFrom` throws. */
  async add(start: StreamStart, unmasked: ReadonlySet<string>, onChanged: OnChanged): Promise<void> {
    const known = new Set(this.names)
    const again = start.topics.filter((topic) => known.has(topic))
    if (again.length > 0) throw invalidTopics('subscribe', `are read already: ${again.join(', ')}`)
    if (known.size + start.topics.length > this.#mostTopics) {
      throw invalidTopics('subscribe', `are, with those that are read, more than ${this.#mostTopics} (stream.topics)`)
    }
    const added = await this.#streams.topicsFrom(start)
    if (this.#reader.state === 'closed') this.#streams.giveBack(added)
    else this.#change((topics) => [...topics, ...added].sort(byName), onChanged, this.#viewOf(unmasked))
  }

  remove(names: readonly string[], onChanged: OnChanged): void {
    const left = this.#named('unsubscribe', names)
    this.#change((topics) => topics.filter((topic) => !left.includes(topic)), onChanged)
    this.#streams.giveBack(left)
  }

  /** The same, where other topics than before are masked: in one step, so that nothing is read in between. */
  keep(kept: (topic: string) => boolean, unmasked: ReadonlySet<string>, onChanged: OnChanged): void {
    if (this.#reader.state === 'closed') return
    const left = this.#reader.topics.filter((topic) => !kept(nameOf(topic)))
    this.#change((topics) => topics.filter((topic) => !left.includes(topic)), onChanged, this.#viewOf(unmasked))
    this.#streams.giveBack(left)
  }

  /** Whether a reader of these masked topics would see something else than now. */
  sees(unmasked: ReadonlySet<string>): boolean {
    return this.#viewOf(unmasked).key === this.#reader.view.key
  }

  /** The place of a paused topic is kept, in cursors too. */
  pause(names: readonly string[], onChanged: OnChanged): void {
    this.#setPaused(this.#named('pause', names), true, onChanged)
  }

  resume(names: readonly string[], onChanged: OnChanged): void {
    this.#setPaused(this.#named('resume', names), false, onChanged)
  }

  #setPaused(changed: readonly ReadTopic[], isPaused: boolean, onChanged: OnChanged): void {
    this.#change(
      (topics) => topics.map((topic) => (changed.includes(topic) ? { ...topic, isPaused } : topic)),
      onChanged,
    )
  }

  /** Throws `invalid-body` for topics that are not read. */
  #named(command: string, names: readonly string[]): ReadTopic[] {
    const known = new Map(this.#reader.topics.map((topic) => [nameOf(topic), topic]))
    const unknown = names.filter((name) => !known.has(name))
    if (unknown.length > 0) throw invalidTopics(command, `are not read here: ${unknown.join(', ')}`)
    return names.map((name) => known.get(name) as ReadTopic)
  }

  #change(change: (topics: readonly ReadTopic[]) => readonly ReadTopic[], onChanged: OnChanged, view?: View): void {
    const reader = this.#reader
    const onMoved = () => {
      const paused = reader.topics.filter(({ isPaused }) => isPaused).map(nameOf)
      const topics = reader.topics.filter(({ isPaused }) => !isPaused).map(nameOf)
      onChanged({ topics, paused }, reader.cursor)
    }
    reader.move(change, onMoved, view)
  }

  #viewOf(unmasked: ReadonlySet<string>): View {
    return this.#streams.viewFor(this.#reader, unmasked)
  }
}

const nameOf = ({ followed }: ReadTopic): string => followed.topic

const byName = (a: ReadTopic, b: ReadTopic): number => (nameOf(a) < nameOf(b) ? -1 : 1)

const invalidTopics = (command: string, message: string): GatewayError =>
  requestError('body', `/${command}/topics`, message)
