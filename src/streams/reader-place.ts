import type { SlowReaderRule } from '../contracts/contract.ts'
import type { CursorSigner } from '../reading/cursor-signer.ts'
import type { StreamForm } from './forms/stream-form.ts'
import type { Frame } from './frame.ts'
import { gapFrame, recordFrame } from './frames.ts'
import type { HistoryPage } from './history.ts'
import { strictest } from './outbox.ts'
import { addNewPartitions, isCovered, moveToTail, positionOf, type ReadTopic, recordsFrom } from './read-topic.ts'
import type { StreamRecord } from './stream-record.ts'
import type { View } from './view.ts'

interface ReaderPlaceParts {
  topics: readonly ReadTopic[]
  view: View
  form: StreamForm
  cursors: CursorSigner
}

/** What one reader reads, in which view, and where it stands; making frames of records moves it past them. */
export class ReaderPlace {
  #topics: readonly ReadTopic[]
  #view: View
  readonly #form: StreamForm
  readonly #cursors: CursorSigner
  #turn = 0

  constructor({ topics, view, form, cursors }: ReaderPlaceParts) {
    this.#topics = topics
    this.#view = view
    this.#form = form
    this.#cursors = cursors
  }

  get topics(): readonly ReadTopic[] {
    return this.#topics
  }

  get view(): View {
    return this.#view
  }

  get slowReaderRule(): SlowReaderRule {
    return strictest(this.#topics.map(({ followed }) => followed.contract.slowReaders))
  }

  cursor(): string {
    return this.#cursors.sign({ topics: this.#topics.map(positionOf) })
  }

  /** Everything that comes next is in the rings, that of added partitions too. */
  isCovered(): boolean {
    for (const topic of this.#active) addNewPartitions(topic)
    return this.#active.every(isCovered)
  }

  /** What comes next, as far as the rings hold it. */
  recordsInRings(): StreamRecord[] {
    return this.#active.flatMap(recordsFrom).sort((a, b) => a.sequence - b.sequence)
  }

  /** Of several topics with a history each gets its pages. */
  topicsInTurn(): ReadTopic[] {
    const active = this.#active
    const first = this.#turn++ % active.length
    return [...active.slice(first), ...active.slice(0, first)]
  }

  change(topics: readonly ReadTopic[], view: View): void {
    this.#topics = topics
    this.#view = view
  }

  moveToTail(): void {
    for (const topic of this.#active) moveToTail(topic)
  }

  /** To where a cursor says that it stood. */
  moveBackTo(cursor: string): void {
    const positions = this.#cursors.verify(cursor).topics
    for (const { followed, next } of this.#active) {
      const position = positions.find(({ topic }) => topic === followed.topic)
      for (const [partition, offset] of position?.next ?? []) next.set(partition, offset)
    }
  }

  /** Of as many records, from the first, as fit: with cursors of their own, and without those that the view leaves out. */
  framesOf(records: readonly StreamRecord[], maxBytes = Number.POSITIVE_INFINITY): { frames: Frame[]; passed: number } {
    const reading = { view: this.#view, form: this.#form }
    const frames: Frame[] = []
    let bytes = 0
    let passed = 0
    while (passed < records.length && bytes < maxBytes) {
      const record = records[passed++] as StreamRecord
      const { topic, partition, offset } = record.record
      this.#topics.find(({ followed }) => followed.topic === topic)?.next.set(partition, offset + 1)
      const frame = recordFrame(reading, record, () => this.cursor())
      if (!frame) continue
      frames.push(frame)
      bytes += frame.bytes.length
    }
    return { frames, passed }
  }

  gapFramesOf({ of, gaps }: HistoryPage): Frame[] {
    return gaps.map((gap) => {
      of.next.set(gap.partition, gap.to)
      return gapFrame(this.#form, gap, 'retention', this.cursor())
    })
  }

  get #active(): ReadTopic[] {
    return this.#topics.filter(({ isPaused }) => !isPaused)
  }
}
