import type { StreamForm } from './stream-form.ts'

/** Server-Sent Events. Ordinary events have no type, so that `onmessage` gets them. */
export const eventStreamForm: StreamForm = {
  name: 'event-stream',
  message(kind, json, cursor) {
    return Buffer.from(`${kind === 'event' ? '' : `event: ${kind}\n`}data: ${json}\nid: ${cursor}\n\n`)
  },
  // Moves `Last-Event-ID` and fires no event (HTML §9.2.6).
  heartbeat: (cursor) => Buffer.from(`id: ${cursor}\n\n`),
}

/** When to reconnect. */
export const retryField = (ms: number): Buffer => Buffer.from(`retry: ${ms}\n\n`)
