import { z } from 'zod'
import type { Explanation } from '../yaml/explain-issue.ts'
import { membersOf } from '../yaml/mapping.ts'

const version = z.int().min(1)

/** Absent: the latest. A number: that one alone. A range: the newest in it, and any other in it for whoever asks. */
export const versionRuleSchema = z
  .union([version, z.strictObject({ from: version, to: version.optional() })])
  .meta({ expected: 'a number of a version, or a range such as `{from: 2, to: 4}`' })

/** Members that are each right and together wrong. Takes what was written, whatever it is. */
export function versionContradictions({ subject }: Record<string, unknown>): Explanation[] {
  const { from, to } = membersOf(membersOf(subject).version)
  if (typeof from !== 'number' || typeof to !== 'number' || from <= to) return []
  return [{ path: ['subject', 'version', 'to'], message: `is before \`from\`, which is ${from}` }]
}
