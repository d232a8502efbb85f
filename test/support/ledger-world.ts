import assert from 'node:assert/strict'
import type { TokenAnswer } from '../../src/subscriptions/ledger/event-states.ts'
import type { LeaseRef } from '../../src/subscriptions/ledger/lease-ref.ts'
import type { RejectedEvent } from '../../src/subscriptions/ledger/ledger-event.ts'
import type { LedgerSettings } from '../../src/subscriptions/ledger/ledger-settings.ts'
import { progressFrom } from '../../src/subscriptions/ledger/metadata.ts'
import { PartitionLedger, type Position } from '../../src/subscriptions/ledger/partition-ledger.ts'
import { done } from '../../src/subscriptions/ledger/span.ts'
import { LedgerModel, type LoggedRecord, type Remembered } from './ledger-model.ts'

interface Commit {
  position: Position
  remembered: Remembered
}

/** One partition, its owner, what was committed, and the receivers with all tokens that they ever got. */
export class LedgerWorld {
  readonly settings: LedgerSettings
  log: LoggedRecord[]
  ledger: PartitionLedger<LoggedRecord>
  model: LedgerModel
  committed: Commit
  underWay: Commit | null = null
  tokens: LeaseRef[] = []
  rejected: RejectedEvent<LoggedRecord>[] = []
  #seeds = 1_000
  /** What has happened, so that a test knows that it saw something. */
  readonly seen = new Map<string, number>()

  constructor(settings: LedgerSettings, log: LoggedRecord[]) {
    this.settings = settings
    this.log = log
    this.committed = { position: { offset: 0, metadata: '' }, remembered: { offset: 0, run: 0, ...nothing } }
    ;[this.ledger, this.model] = this.#owner()
  }

  get end(): number {
    return (this.log.at(-1)?.offset ?? -1) + 1
  }

  note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  moveToAnotherOwner(): void {
    ;[this.ledger, this.model] = this.#owner()
    this.underWay = null
    this.rejected = []
  }

  take(count: number): void {
    for (const record of this.log.filter(({ offset }) => offset >= this.model.next).slice(0, count)) {
      this.ledger.take(record, record, this.model.now)
      this.model.take(record)
    }
    this.model.settle()
  }

  lease(max: number, maxBytes: number, until: number, receiveKey: string | null): LeaseRef[] {
    this.expire()
    const { model, ledger, settings } = this
    const givable = model.givable()
    const first = model.first()
    const room = settings.maxLeased - model.leased().length

    const { events, stop } = ledger.lease({ max, maxBytes, until, receiveKey }, model.now)

    let bytes = 0
    for (const [place, event] of events.entries()) {
      const held = givable[place]
      assert.ok(held && place < room, 'more was given than there is')
      assert.equal(event.offset, held.record.offset)
      assert.equal(event.record, held.record)
      model.lease(held, event.term.lease, until, receiveKey)
      assert.equal(event.deliveries, model.times(event.offset))
      bytes += held.record.bytes
    }
    assert.ok(events.length <= 1 || bytes <= maxBytes)
    const following = givable[events.length]
    this.note(`stop: ${stop}`)
    if (stop === 'empty') assert.equal(following, undefined)
    else if (stop === 'leases') assert.equal(events.length, room)
    else if (stop === 'metadata') assert.notEqual(following?.record.offset, first)
    else assert.ok(events.length === max || bytes + (following?.record.bytes ?? 0) > maxBytes)
    const refs = events.map(({ offset, deliveries, term }) => ({ offset, deliveries, run: ledger.run, ...endOf(term) }))
    this.tokens.push(...refs)
    return refs
  }

  /** `apply` changes the model where the token is good, and tells the answer that is to be expected. */
  show(
    refs: readonly LeaseRef[],
    answers: readonly TokenAnswer[],
    apply: (ref: LeaseRef, state: string) => TokenAnswer,
  ): void {
    assert.equal(answers.length, refs.length)
    for (const [place, ref] of refs.entries()) {
      const { model } = this
      const state = model.isDone(ref.offset) ? 'done' : (model.held.get(ref.offset)?.state ?? 'untaken')
      const answer = answers[place] as TokenAnswer
      this.note(`${state}: ${answer}`)
      if (answer === 'full') {
        assert.equal(model.refusal(ref), null)
        assert.ok(state !== 'leased' && model.times(ref.offset) < ref.deliveries, 'there was room for it')
        assert.notEqual(ref.offset, model.first())
        continue
      }
      const expected = model.refusal(ref) ?? apply(ref, state)
      assert.equal(answer, expected, `of ${state} ${JSON.stringify(ref)}`)
      model.settle()
    }
    this.collect()
  }

  expire(): void {
    this.ledger.expire(this.model.now)
    this.model.settle()
    this.collect()
  }

  collect(): void {
    this.rejected.push(...this.ledger.takeRejected())
  }

  bury(event: RejectedEvent<LoggedRecord>): void {
    this.ledger.bury(event)
    this.model.finish(event.offset)
    this.collect()
  }

  /** What holds at all times. */
  check(): void {
    const { ledger, model, log } = this
    this.collect()
    // Where records are gone, the one may have passed a hole that the other has not.
    const [from, to] = [Math.min(model.next, ledger.next), Math.max(model.next, ledger.next)]
    const isPassed = log.every(({ offset }) => offset < from || offset >= to || model.done.has(offset))
    if (isPassed) model.next = ledger.next
    const position = ledger.position()
    const open = model.open()
    assert.ok(position.metadata.length <= this.settings.metadataCharacters, `${position.metadata.length} characters`)
    assert.equal(position.offset, model.first() ?? model.next, 'the position')
    const progress = progressFrom(position.metadata, position.offset)
    assert.ok(progress)
    assert.equal(progress.run, model.run)
    for (const { offset } of log) {
      if (offset < position.offset) assert.ok(model.isDone(offset), `offset ${offset} was passed`)
      else assert.equal(valueAt(progress.spans, offset), model.isDone(offset) ? done : model.times(offset), `${offset}`)
    }
    assert.equal(ledger.next, model.next)
    assert.equal(ledger.leased, model.leased().length)
    assert.equal(ledger.unleased, model.givable().length)
    assert.equal(ledger.held, open.length)
    assert.equal(
      ledger.heldBytes,
      open.reduce((sum, { record }) => sum + record.bytes, 0),
    )
    assert.equal(ledger.nextDeadline, model.deadline())
    const rejected = open.filter(({ state }) => state === 'rejected').map(({ record }) => record.offset)
    assert.deepEqual(
      this.rejected.map(({ offset }) => offset).sort((a, b) => a - b),
      rejected,
    )
  }

  #owner(): [PartitionLedger<LoggedRecord>, LedgerModel] {
    const { position, remembered } = this.committed
    const ledger = new PartitionLedger<LoggedRecord>(this.settings, position, this.#seeds)
    const run = progressFrom(position.metadata, position.offset) ? remembered.run : this.#seeds
    this.#seeds += 1_000
    return [ledger, new LedgerModel(this.settings, { ...remembered, run }, this.model?.now ?? 1)]
  }
}

export const nothing = { done: new Set<number>(), deliveries: new Map<number, number>() }
const endOf = ({ lease, until }: { lease: number; until: number }) => ({ lease, until })

function valueAt(spans: readonly { start: number; end: number; value: number }[], offset: number): number {
  return spans.find(({ start, end }) => start <= offset && offset < end)?.value ?? 0
}
