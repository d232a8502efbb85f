import { setTimeout as delay } from 'node:timers/promises'
import type { LeaseJudge } from './lease-judge.ts'
import { numbersIn, type ReceivedEvent } from './subscriptions.ts'

interface ChaosReceiverParts {
  /** Of the subscription. */
  url: string
  token: string
  judge: LeaseJudge
  /** The share of events that it forgets to acknowledge, when it sees them first. */
  forgets: number
  isOver: () => boolean
}

const pauseMs = 100

/** A receiver as one should be written: it repeats a receive under its key, and an acknowledgement until it is answered. */
export async function runReceiver({ url, token, judge, forgets, isOver }: ChaosReceiverParts): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  while (!isOver()) {
    const key = crypto.randomUUID()
    const askedAt = Date.now()
    const received = await untilAnswered<{ events: ReceivedEvent[] }>('receive?max=100&wait=2', null, key)
    if (!received) return
    judge.given(received.events, askedAt, Date.now())
    const done = received.events.filter(({ deliveries }) => deliveries > 1 || Math.random() >= forgets)
    await acknowledge(done)
  }

  async function acknowledge(events: readonly ReceivedEvent[]): Promise<void> {
    for (let open = events; open.length > 0; ) {
      const numbers = numbersIn(open)
      judge.askedToAcknowledge(numbers, Date.now())
      const body = JSON.stringify({ tokens: open.map(({ token: lease }) => lease) })
      const answer = await untilAnswered<{ results: { result: string }[] }>('acknowledge', body)
      if (!answer) return
      const at = Date.now()
      for (const [index, { result }] of answer.results.entries()) {
        if (result === 'acknowledged' || result === 'done') judge.confirm(numbers[index] as number, at)
      }
      open = open.filter((_event, index) => answer.results[index]?.result === 'unavailable')
    }
  }

  async function untilAnswered<Answer>(call: string, body: string | null, key?: string): Promise<Answer | undefined> {
    while (!isOver()) {
      const answer = await fetch(`${url}/${call}`, {
        method: 'POST',
        body,
        headers: { ...headers, ...(key !== undefined && { 'idempotency-key': key }) },
      })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => undefined)
      if (answer?.status === 200 || answer?.status === 207) return JSON.parse(answer.text) as Answer
      if (answer && answer.status !== 503) throw new Error(answer.text)
      await delay(pauseMs)
    }
    return undefined
  }
}
