import { once } from 'node:events'
import { connect } from 'node:net'
import { pollUntil } from './poll.ts'

/** Bytes to send, or what has to stand in the answer before more is sent. */
type Step = string | Buffer | RegExp

interface RawOptions {
  /** Ends what it sends after the last step, and reads on. */
  closesItsHalf?: boolean
  /** Reads nothing before the last step. */
  readsLast?: boolean
}

/** All that a server answers to the steps until it closes the connection. */
export async function rawExchange(
  url: string,
  steps: readonly Step[],
  { closesItsHalf = false, readsLast = false }: RawOptions = {},
): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  // A reset is an end like any other: what counts is what was answered before.
  socket.on('error', () => {})
  socket.setTimeout(15_000, () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  await once(socket, 'connect')
  if (readsLast) socket.pause()
  for (const step of steps) {
    if (step instanceof RegExp) await pollUntil(() => step.test(answer))
    else await new Promise((resolve) => socket.write(step, resolve))
  }
  socket.resume()
  if (closesItsHalf) socket.end()
  // `once` would reject for the reset.
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
  return answer
}

/** The problem in the last of the answers. */
export function problemIn(answer: string): { status: number; code: string } {
  const body = answer.slice(answer.lastIndexOf('\r\n\r\n') + 4)
  return JSON.parse(body) as { status: number; code: string }
}
