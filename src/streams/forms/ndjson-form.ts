import type { StreamForm } from './stream-form.ts'

/** A message a line: its kind is the name of its first member. */
export const ndjsonForm: StreamForm = {
  name: 'ndjson',
  message: (kind, json, cursor) => Buffer.from(`${messageText(kind, json, cursor)}\n`),
  heartbeat: (cursor) => Buffer.from(`${heartbeatText(cursor)}\n`),
}

export const messageText = (kind: string, json: string, cursor: string): string =>
  `{"${kind}":${json},"cursor":"${cursor}"}`

export const heartbeatText = (cursor: string): string => messageText('heartbeat', '{}', cursor)
