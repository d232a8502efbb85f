import type { StreamForm } from './forms/stream-form.ts'
import { type Frame, type OffsetRange, placeText } from './frame.ts'
import type { StreamRecord } from './stream-record.ts'
import type { View } from './view.ts'

/** Why a reader does not get a range. */
export type GapReason = 'retention' | 'slow-reader'

/** Undefined: the view leaves the record out. The cursor is asked for only where it is needed. */
export function recordFrame(
  { view, form }: { view: View; form: StreamForm },
  record: StreamRecord,
  cursorOf: () => string,
): Frame | undefined {
  const seen = view.of(record)
  if (!seen) return undefined
  const { topic, partition, offset, key } = record.record
  const cursor = cursorOf()
  return {
    bytes: form.message(seen.kind, seen.json, cursor),
    cursor,
    range: { topic, partition, from: offset, to: offset + 1 },
    place: placeText(record.record),
    key: key ? `${topic}/${key.toString('latin1')}` : undefined,
  }
}

export function gapFrame(form: StreamForm, range: OffsetRange, reason: GapReason, cursor: string): Frame {
  const { topic, partition, from, to } = range
  const bytes = form.message('gap', JSON.stringify({ topic, partition, from, to, reason }), cursor)
  return { bytes, cursor, range, place: placeText(range), key: undefined }
}

export const joinedBytes = (frames: readonly Frame[]): Buffer =>
  frames.length === 1 ? (frames[0] as Frame).bytes : Buffer.concat(frames.map(({ bytes }) => bytes))
