import type { Response } from 'express'
import { eventStreamForm, retryField } from '../streams/forms/event-stream-form.ts'
import { ndjsonForm } from '../streams/forms/ndjson-form.ts'
import type { StreamForm } from '../streams/forms/stream-form.ts'
import type { StreamReader } from '../streams/stream-reader.ts'
import type { HttpConnection } from './http-connection.ts'

export const formsByType = {
  'text/event-stream': eventStreamForm,
  'application/x-ndjson': ndjsonForm,
} as const satisfies Record<string, StreamForm>

export type StreamType = keyof typeof formsByType

/** Begins the answer, and then the reader, for whom the connection lives from now on. */
export function beginStream(
  { res, connection, type }: { res: Response; connection: HttpConnection; type: StreamType },
  reader: StreamReader,
  retryMs: number,
): void {
  if (res.closed) {
    reader.gone()
    return
  }
  // Proxies would keep messages back, and compress them.
  res.writeHead(200, {
    'content-type': type,
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  res.flushHeaders()
  if (type === 'text/event-stream') res.write(retryField(Math.ceil(retryMs * (0.2 + 0.8 * Math.random()))))
  connection.onDrain(() => reader.drained())
  res.on('close', () => reader.gone())
  reader.start()
}
