import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type LedgerWorld, nothing } from './ledger-world.ts'

type Run = (world: LedgerWorld) => void

class Step implements fc.Command<object, LedgerWorld> {
  readonly #name: string
  readonly #run: Run

  constructor(name: string, run: Run) {
    this.#name = name
    this.#run = run
  }

  check(): boolean {
    return true
  }

  run(_: object, world: LedgerWorld): void {
    this.#run(world)
    world.check()
  }

  toString(): string {
    return this.#name
  }
}

/** Commands of a kind, so many times as likely as those of another. */
const step = <T>(weight: number, name: string, inputs: fc.Arbitrary<T>, run: (world: LedgerWorld, input: T) => void) =>
  Array.from({ length: weight }, () =>
    inputs.map((input) => new Step(`${name} ${JSON.stringify(input)}`, (world) => run(world, input))),
  )

const picks = fc.record({
  from: fc.nat(60),
  count: fc.integer({ min: 1, max: 8 }),
  stride: fc.constantFrom(1, 1, 2, 3),
})

/** Some of the latest tokens whose records are not gone for good. */
function picked(
  { tokens, log, model }: LedgerWorld,
  { from, count, stride }: { from: number; count: number; stride: number },
) {
  const there = new Set([...log.map(({ offset }) => offset), ...model.held.keys()])
  const latest = tokens.filter(({ offset }) => there.has(offset)).slice(-60)
  return latest
    .slice(Math.min(from, Math.max(0, latest.length - count)))
    .filter((_, place) => place % stride === 0 && place < count * stride)
}

const receiveKeys = fc.constantFrom(null, 'a', 'a', 'b')

export const ledgerCommands = [
  ...step(4, 'take', fc.integer({ min: 1, max: 30 }), (world, count) => world.take(count)),
  ...step(1, 'skip to the next record', fc.constant(0), (world) => {
    const next = world.log.find(({ offset }) => offset >= world.model.next)?.offset ?? world.end
    world.ledger.skipTo(next)
    world.model.skipTo(next)
  }),
  ...step(
    6,
    'lease',
    fc.record({
      max: fc.integer({ min: 1, max: 20 }),
      bytes: fc.nat(400),
      ms: fc.integer({ min: 5, max: 60 }),
      key: receiveKeys,
    }),
    (world, { max, bytes, ms, key }) => world.lease(max, bytes, world.model.now + ms, key),
  ),
  ...step(5, 'acknowledge', picks, (world, pick) => {
    const refs = picked(world, pick)
    world.show(refs, world.ledger.acknowledge(refs, world.model.now), ({ offset }, state) => {
      if (state === 'done') return 'done'
      if (state === 'rejected') return 'lost'
      world.model.finish(offset)
      return 'acknowledged'
    })
  }),
  ...step(2, 'release', fc.record({ pick: picks, ms: fc.constantFrom(0, 0, 10, 50) }), (world, { pick, ms }) => {
    const { model } = world
    const refs = picked(world, pick)
    world.show(refs, world.ledger.release(refs, model.now + ms, model.now), ({ offset }, state) => {
      if (state === 'done') return 'done'
      if (state === 'rejected') return 'lost'
      if (state !== 'leased') return 'released'
      const isExhausted = model.times(offset) >= model.settings.maxDeliveries
      Object.assign(model.held.get(offset) ?? {}, {
        state: isExhausted ? 'rejected' : 'waiting',
        until: model.now + ms,
      })
      return isExhausted ? 'rejected' : 'released'
    })
  }),
  ...step(1, 'withdraw', picks, (world, pick) => {
    const { model } = world
    const refs = picked(world, pick)
    world.show(refs, world.ledger.withdraw(refs, model.now), ({ offset }, state) => {
      if (state === 'done') return 'done'
      if (state === 'rejected') return 'lost'
      if (state === 'leased') {
        model.deliveries.set(offset, model.times(offset) - 1)
        Object.assign(model.held.get(offset) ?? {}, { state: 'waiting', until: 0 })
      }
      return 'released'
    })
  }),
  ...step(1, 'reject', picks, (world, pick) => {
    const { model } = world
    const refs = picked(world, pick)
    const answers = world.ledger.reject(refs, { cause: 'receiver', reason: 'no', by: 'me' }, model.now)
    world.show(refs, answers, ({ offset, deliveries }, state) => {
      if (state === 'done') return 'done'
      if (state === 'untaken') return 'lost'
      if (state !== 'rejected') {
        model.deliveries.set(offset, deliveries)
        Object.assign(model.held.get(offset) ?? {}, { state: 'rejected' })
      }
      return 'rejected'
    })
  }),
  ...step(2, 'renew', fc.record({ pick: picks, ms: fc.integer({ min: 1, max: 60 }) }), (world, { pick, ms }) => {
    const { model } = world
    const until = model.now + ms
    const refs = picked(world, pick)
    world.show(refs, world.ledger.renew(refs, until, model.now), (ref, state) => {
      if (state === 'done') return 'done'
      if (state !== 'leased') return 'lost'
      Object.assign(model.held.get(ref.offset) ?? {}, { until })
      world.tokens.push({ ...ref, until })
      return 'renewed'
    })
  }),
  ...step(2, 'receive again', receiveKeys, (world, key) => {
    if (key === null) return
    world.expire()
    const again = world.ledger.leasedUnder(key, world.model.now)
    const expected = world.model.leased().filter(({ receiveKey }) => receiveKey === key)
    world.note(`again: ${again.length > 0}`)
    assert.deepEqual(
      again.map(({ offset, deliveries, term }) => [offset, deliveries, term.lease, term.until]),
      expected.map(({ record, lease, until }) => [record.offset, world.model.times(record.offset), lease, until]),
    )
  }),
  ...step(2, 'wait', fc.integer({ min: 1, max: 70 }), (world, ms) => {
    world.model.now += ms
    world.expire()
  }),
  ...step(1, 'bury', fc.integer({ min: 1, max: 5 }), (world, count) => {
    for (const event of world.rejected.splice(0, count)) world.bury(event)
  }),
  ...step(1, 'begin a commit', fc.constant(0), (world) => {
    const position = world.ledger.position()
    world.underWay ??= { position, remembered: world.model.remember(position.offset) }
  }),
  ...step(1, 'end a commit', fc.constantFrom('confirmed', 'confirmed', 'lost'), (world, how) => {
    if (world.underWay && how === 'confirmed') world.committed = world.underWay
    world.underWay = null
  }),
  ...step(3, 'commit', fc.constant(0), (world) => {
    const position = world.ledger.position()
    world.committed = { position, remembered: world.model.remember(position.offset) }
    world.underWay = null
  }),
  ...step(2, 'move to another owner', fc.constant(0), (world) => world.moveToAnotherOwner()),
  ...step(1, 'have another tool commit', fc.constantFrom('', 'hg1.', 'hg1.AAAA', 'consumer-7'), (world, metadata) => {
    const { offset } = world.ledger.position()
    world.committed = { position: { offset, metadata }, remembered: { offset, run: 0, ...nothing } }
    world.moveToAnotherOwner()
  }),
  ...step(1, 'seek', fc.double({ min: 0, max: 1, noNaN: true }), (world, part) => {
    const offset = Math.floor(world.end * part)
    world.ledger.seek(offset)
    world.model.seek(offset)
    world.underWay = null
    world.rejected = []
  }),
  ...step(1, 'compact', fc.integer({ min: 2, max: 9 }), (world, every) => {
    world.log = world.log.filter(({ offset }, place) => place % every !== 1 || offset === world.end - 1)
  }),
]
