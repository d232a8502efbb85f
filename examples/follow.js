const kinds = ['message', 'tombstone', 'undecodable', 'gap', 'challenge', 'closing']
const final = ['topic-not-found', 'topic-recreated']

/**
 * Follows topics until that is of no use any more. Each connection takes a ticket of its own, which is good once, and begins
 * behind the last message. Until there was one it begins at `from`, which is therefore not to be `latest`: that would leave out
 * what came between two connections.
 *
 * `onMessage(kind, content)` gets every message, `onState(state, why)` the states `reconnecting`, `live` and `closed`.
 */
export async function follow({ gateway, topics, from, token, onMessage, onState }) {
  let start = { from }
  for (let failures = 0, why = ''; ; failures += 1) {
    onState('reconnecting', why)
    if (failures > 0) await pause(Math.random() * Math.min(15_000, 500 * 2 ** failures))
    const { ticket, detail, retryable } = await takeTicket(gateway, topics, token)
    why = detail
    if (!ticket && !retryable) return onState('closed', why)
    if (!ticket) continue
    const source = new EventSource(`${gateway}/v1/stream?${new URLSearchParams({ topics, ticket, ...start })}`)
    const closing = await new Promise((end) => {
      source.onopen = () => {
        failures = 0
        onState('live')
      }
      source.onerror = () => end({ detail: 'The connection was lost.' })
      for (const kind of kinds) {
        source.addEventListener(kind, ({ data, lastEventId }) => {
          start = { cursor: lastEventId }
          if (kind === 'closing') end(JSON.parse(data))
          else onMessage(kind, JSON.parse(data))
        })
      }
    })
    source.close()
    why = closing.detail
    if (final.includes(closing.code)) return onState('closed', why)
  }
}

/** A ticket, or the problem that there is instead. */
async function takeTicket(gateway, topics, token) {
  try {
    const answer = await fetch(`${gateway}/v1/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'read', topics: topics.split(',') }),
      signal: AbortSignal.timeout(10_000),
    })
    return await answer.json()
  } catch {
    return { detail: 'The gateway cannot be reached.', retryable: true }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
