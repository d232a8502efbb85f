import type { CursorSigner } from '../reading/cursor-signer.ts'
import { Channel } from './channel.ts'
import type { StreamForm } from './forms/stream-form.ts'
import { positionOf, type ReadTopic } from './read-topic.ts'
import { TopicSet } from './topic-set.ts'
import type { View } from './view.ts'

/** The groups of live readers, made and forgotten as they are needed. */
export class Channels {
  readonly #cursors: CursorSigner
  readonly #sets = new Map<string, TopicSet>()

  constructor(cursors: CursorSigner) {
    this.#cursors = cursors
  }

  /** Of readers of these topics at the end of them, where those that are paused stand at the same place. */
  of(topics: readonly ReadTopic[], view: View, form: StreamForm): Channel {
    const active = topics.filter(({ isPaused }) => !isPaused)
    const paused = topics.filter(({ isPaused }) => isPaused).map(positionOf)
    const pausedKey = paused.length === 0 ? '' : this.#cursors.sign({ topics: paused })
    const setKey = [
      ...active.map(({ followed, partition }) => `${followed.topic}/${partition ?? '*'}`),
      pausedKey,
    ].join(' ')
    const set = this.#sets.get(setKey) ?? this.#addSet(setKey, new TopicSet(active, paused, this.#cursors), active)
    const key = `${form.name} ${view.key}`
    const known = set.channels.get(key)
    if (known) return known
    const onEmpty = () => {
      set.channels.delete(key)
      if (set.channels.size === 0) this.#removeSet(setKey, set, active)
    }
    const channel = new Channel(set, { view, form, onEmpty })
    set.channels.set(key, channel)
    return channel
  }

  #addSet(key: string, set: TopicSet, topics: readonly ReadTopic[]): TopicSet {
    this.#sets.set(key, set)
    for (const { followed } of topics) followed.listeners.add(set)
    return set
  }

  #removeSet(key: string, set: TopicSet, topics: readonly ReadTopic[]): void {
    this.#sets.delete(key)
    for (const { followed } of topics) followed.listeners.delete(set)
  }
}
