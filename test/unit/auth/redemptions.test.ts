import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Redemptions } from '../../../src/auth/redemptions.ts'
import { SpentTicketError } from '../../../src/auth/ticket-error.ts'
import { GatewayError } from '../../../src/errors/gateway-error.ts'
import type { StateLog } from '../../../src/state/state-log.ts'

const config = { redeemMs: 1_000 }
const began = 1_800_000_000_000
const ticket = { id: 'a-ticket', expiresAt: began + 30_000 }

type Shared = { key: string; value: string }[]
type Slowly = <T>(what: Promise<T>) => Promise<T>

/** A replica before a log that is shared, and that it reads when it likes. */
function replica(
  shared: Shared,
  { slowly = (what) => what, now = () => began }: { slowly?: Slowly; now?: () => number } = {},
) {
  let next = 0
  const redemptions = new Redemptions({
    openLog: (take) => ({
      open: () => slowly(Promise.resolve()),
      append: async (key, value) => {
        await slowly(Promise.resolve())
        const offset = shared.push({ key, value: value ?? '' }) - 1
        return slowly(Promise.resolve({ status: 'written', offset }))
      },
      readBack: async (offset) => {
        await slowly(Promise.resolve())
        while (next <= offset) {
          const { key, value } = shared[next++] as Shared[number]
          take(key, value)
        }
        return true
      },
    }),
    config,
    now,
  })
  return redemptions
}

const outcomeOf = (redeeming: Promise<void>): Promise<string> =>
  redeeming.then(
    () => 'won',
    (error) => (error instanceof SpentTicketError ? 'used' : String(error)),
  )

suite('redeeming a ticket', () => {
  test('is won by exactly one, in whatever order replicas write, hear and read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }),
        async (scheduler, replicas, attempts) => {
          const shared: Shared = []
          const slowly: Slowly = (what) => scheduler.schedule(what)
          const all = Array.from({ length: replicas }, () => replica(shared, { slowly }))

          const redeeming = attempts.map((which) => outcomeOf((all[which % replicas] as Redemptions).redeem(ticket)))
          await scheduler.waitIdle()

          const outcomes = await Promise.all(redeeming)
          assert.equal(outcomes.filter((outcome) => outcome === 'won').length, 1)
          assert.equal(outcomes.filter((outcome) => outcome === 'used').length, attempts.length - 1)
        },
      ),
    )
  })

  test('is refused without another record where the first was read', async () => {
    const shared: Shared = []
    const redemptions = replica(shared)
    await redemptions.redeem(ticket)

    await assert.rejects(redemptions.redeem(ticket), SpentTicketError)

    assert.equal(redemptions.isUsed(ticket.id), true)
    assert.equal(shared.length, 1)
  })

  test('is won again by nobody, though its record is there twice, or again after a break', async () => {
    const shared: Shared = []
    await replica(shared).redeem(ticket)
    shared.push(shared[0] as Shared[number])

    assert.equal(await outcomeOf(replica(shared).redeem(ticket)), 'used')
  })

  test('goes on past records that no gateway wrote', async () => {
    const shared: Shared = [
      { key: ticket.id, value: '' },
      { key: ticket.id, value: 'nonsense' },
      { key: 'another', value: 'x 1' },
    ]

    assert.equal(await outcomeOf(replica(shared).redeem(ticket)), 'won')
  })

  test('is remembered while the ticket could be shown, and a minute longer', async () => {
    const clock = { now: began }
    const shared: Shared = []
    const redemptions = replica(shared, { now: () => clock.now })
    await redemptions.redeem(ticket)
    const another = (id: string) => redemptions.redeem({ id, expiresAt: clock.now + 30_000 })

    clock.now = ticket.expiresAt + 59_999
    await another('second')
    assert.equal(redemptions.isUsed(ticket.id), true)
    clock.now = ticket.expiresAt + 75_000
    await another('third')

    assert.equal(redemptions.isUsed(ticket.id), false)
    assert.equal(redemptions.isUsed('second'), true)
  })

  const failing: [fact: string, log: Partial<StateLog>, detail: RegExp][] = [
    [
      'says that the ticket is not used up where Kafka took nothing',
      { append: async () => ({ status: 'failed', reason: 'too few replicas' }) },
      /not used up/,
    ],
    [
      'says that it does not know where Kafka has not said',
      { append: async () => ({ status: 'unknown', reason: 'late' }) },
      /not said in time/,
    ],
    ['says that it does not know where nothing is read back', { readBack: async () => false }, /not said in time/],
    ['says that it does not know where its record is not in what was read', {}, /not said in time/],
  ]
  for (const [fact, log, detail] of failing) {
    test(`${fact}, with 503`, async () => {
      const works: StateLog = {
        open: async () => {},
        append: async () => ({ status: 'written', offset: 0 }),
        readBack: async () => true,
      }
      const redemptions = new Redemptions({ openLog: () => ({ ...works, ...log }), config, now: () => began })

      await assert.rejects(redemptions.redeem(ticket), { code: 'kafka-unavailable', message: detail })
    })
  }

  test('hands on what keeps the log closed', async () => {
    const closed = new GatewayError('state-unavailable', 'no permission')
    const redemptions = new Redemptions({
      openLog: () => ({
        open: () => Promise.reject(closed),
        append: () => assert.fail('it was appended'),
        readBack: () => assert.fail('it was read'),
      }),
      config,
    })

    redemptions.prepare()

    await assert.rejects(redemptions.redeem(ticket), closed)
  })
})
