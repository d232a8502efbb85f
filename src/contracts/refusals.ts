import { z } from 'zod'
import type { Explanation } from '../yaml/explain-issue.ts'

export const refusalsSchema = z.strictObject({
  /** Whether refused events are kept. */
  keep: z.boolean(),
  /** For how long, where the gateway creates the topic that they are kept in. */
  days: z.int().min(1).max(3_650).default(30),
})

const prefix = '_headgate.refusals.'
const longestTopicName = 249

/** The topic that the refused events of a topic are kept in. */
export const refusalTopicOf = (topic: string): string => prefix + topic

/** Members that are each right and together wrong. Takes what was written, whatever it is. */
export function refusalContradictions({ topic, refusals }: Record<string, unknown>): Explanation[] {
  if (refusals === undefined || typeof topic !== 'string') return []
  if (refusalTopicOf(topic).length <= longestTopicName) return []
  const message = `cannot be kept: the topic's name has more than ${longestTopicName - prefix.length} characters, to which \`${prefix}\` would be added`
  return [{ path: ['refusals'], message }]
}
