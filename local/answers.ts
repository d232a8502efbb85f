import { connect } from 'node:net'

const limitMs = 5_000

/** Whether a GET is answered with a status of 2xx. */
export async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

/** Whether something listens. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.end())
  })
}
