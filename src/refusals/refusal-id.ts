/**
 * Where a refusal stands, and in which topic: one that is made anew under its name gives none of its ids a second time, but for
 * one in four thousand million.
 */
export const refusalId = (topicId: string, offset: number): string => `${tagOf(topicId)}-${offset}`

/** The offset; undefined for an id of another topic, and for text that is none. */
export function offsetOf(id: string, topicId: string): number | undefined {
  const [, tag, digits = ''] = /^([0-9a-f]{8})-(0|[1-9]\d{0,14})$/.exec(id) ?? []
  return tag === tagOf(topicId) ? Number(digits) : undefined
}

const tagOf = (topicId: string): string => Buffer.from(topicId, 'base64').toString('hex', 0, 4)
