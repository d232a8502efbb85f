import type { Request, Response } from 'express'
import { itemTexts, textAt } from '../json/value-text.ts'
import type { EventOrigin, RefusalSource, WayIn } from '../publishing/refusal-keeping.ts'
import { auditedRequest } from './audited-request.ts'

/** Where the values stand in the JSON of a request. */
export type ValuePlace =
  /** The body is the value, or it is a member of it. */
  | { of: 'one'; path: readonly string[] }
  /** The body has an array of events, or is one; the value is a member of each. */
  | { of: 'many'; path: readonly string[]; member: string }

/** What is asked of events that are refused and kept: which request they came with, and their own JSON text. */
export function originOf(req: Request, res: Response, way: WayIn, source: Buffer, place: ValuePlace): EventOrigin {
  return { source: () => sourceOf(req, res, way), textOf: textReader(source, place) }
}

export function sourceOf(req: Request, res: Response, way: WayIn): RefusalSource {
  const { who, from, requestId } = auditedRequest(req, res)
  return { who, from, requestId, way }
}

/** The JSON text of the member of a line, or of a message. */
export const memberText = (json: Buffer, ...path: string[]): string | undefined =>
  textAt(textOf(json), path) || undefined

function textReader(source: Buffer, place: ValuePlace): EventOrigin['textOf'] {
  if (place.of === 'one') return () => memberText(source, ...place.path)
  let items: string[] | undefined
  return (index) => {
    items ??= itemTexts(memberText(source, ...place.path) ?? '[]')
    return textAt(items[index] ?? 'null', [place.member])
  }
}

const byteOrderMark = '\ufeff'

function textOf(json: Buffer): string {
  const text = json.toString('utf8')
  return text.startsWith(byteOrderMark) ? text.slice(1) : text
}
