import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { EventSource, type EventSourceFetchInit } from 'eventsource'
import { openPage } from './browser.ts'
import { clientsDirectory } from './everything-cases.ts'
import { buildGo, providePython } from './language-clients.ts'

export interface ForeignMessage {
  type: string
  id: string
  data: string
}

/** What a parser of Server-Sent Events that is not ours has made of a stream. */
export interface Received {
  messages: ForeignMessage[]
  openings: number
}

/** Follows the stream at this address until the test ends, and opens it again wherever it ends. */
export type ForeignReader = (t: TestContext, url: string, token: string) => Promise<Received>

const kinds = ['message', 'tombstone', 'undecodable', 'gap', 'challenge', 'closing']

export const foreignReaders: Readonly<Record<string, ForeignReader>> = {
  'npm eventsource': async (t, url, token) => {
    const received: Received = { messages: [], openings: 0 }
    const source = new EventSource(url, {
      fetch: (input: string | URL, init: EventSourceFetchInit) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    })
    t.after(() => source.close())
    source.addEventListener('open', () => {
      received.openings += 1
    })
    for (const kind of kinds) {
      source.addEventListener(kind, ({ type, lastEventId, data }) => {
        received.messages.push({ type, id: lastEventId, data })
      })
    }
    return received
  },

  'Python httpx-sse': async (t, url, token) =>
    run(t, await providePython(), ['-B', join(clientsDirectory, 'python', 'follow.py'), url, token]),

  'Go go-sse': async (t, url, token) => run(t, await buildGo('follow'), [url, token]),

  'Chromium EventSource': async (t, url, token) => {
    const received: Received = { messages: [], openings: 0 }
    const page = await openPage(t, new URL('/livez', url).href, { authorization: `Bearer ${token}` })
    await page.exposeFunction('opened', () => {
      received.openings += 1
    })
    await page.exposeFunction('got', (message: ForeignMessage) => {
      received.messages.push(message)
    })
    await page.evaluate(`
      const source = new EventSource(${JSON.stringify(url)})
      source.onopen = () => opened()
      for (const kind of ${JSON.stringify(kinds)}) {
        source.addEventListener(kind, ({ type, lastEventId: id, data }) => got({ type, id, data }))
      }
    `)
    return received
  },
}

function run(t: TestContext, file: string, args: readonly string[]): Received {
  const received: Received = { messages: [], openings: 0 }
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  t.after(async () => {
    child.kill()
    await exit
  })
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
    const told = JSON.parse(line) as ForeignMessage | { opened: true }
    if ('opened' in told) received.openings += 1
    else received.messages.push(told)
  })
  return received
}
