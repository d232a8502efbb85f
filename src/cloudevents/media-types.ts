/** CloudEvents in structured mode: one, and several in one body (JSON event format 1.0, §3 and §4). */
export const cloudEvent = 'application/cloudevents+json'
export const cloudEventBatch = 'application/cloudevents-batch+json'

/** Whether data of this `datacontenttype` is JSON (JSON event format 1.0, §3.1.1). Absent, it is. */
export function isJsonType(contentType: string | undefined): boolean {
  if (contentType === undefined) return true
  return /^[^/\s;]+\/(?:[^/\s;]+\+)?json\s*(?:;|$)/i.test(contentType)
}
