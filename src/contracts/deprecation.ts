import { z } from 'zod'
import type { Explanation } from '../yaml/explain-issue.ts'
import { membersOf } from '../yaml/mapping.ts'

const version = z.int().min(1)
const time = z.iso.datetime({ offset: true }).meta({ expected: 'an RFC 3339 time such as `2026-03-01T09:30:00Z`' })

export const deprecationSchema = z.strictObject({
  /** Without these two, whatever is published. */
  versions: z.array(version).min(1).max(1000).optional(),
  /** All versions before this one. */
  before: version.optional(),
  since: time,
  /** When the owner means to stop taking it. */
  sunset: time.optional(),
  /** A page that says more. */
  link: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    // RFC 3986 §2: with other characters it would end too early in a header.
    .regex(/^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/)
    .meta({ expected: 'the URL of a page, with `https:` or `http:`' })
    .optional(),
  /** The topic to publish to instead. */
  successor: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,249}$/)
    .meta({ expected: 'the name of a topic' })
    .optional(),
  refuseAfterSunset: z.boolean().default(false),
})

/** What of a topic nobody should publish any more: all of it, or what is judged by some versions of its schema. */
export type Deprecation = Readonly<z.output<typeof deprecationSchema>>

/** Members that are each right and together wrong. Takes what was written, whatever it is. */
export function deprecationContradictions(contract: Record<string, unknown>): Explanation[] {
  const { deprecation, schemaless, topic } = contract
  const { versions, before, since, sunset, refuseAfterSunset, successor } = membersOf(deprecation)
  const faults: Explanation[] = []
  const fault = (member: string, message: string) => faults.push({ path: ['deprecation', member], message })
  if (versions !== undefined && before !== undefined) fault('before', 'stands beside `versions`: remove one of the two')
  if (schemaless === true && versions !== undefined) fault('versions', 'a schemaless topic has no versions')
  if (schemaless === true && before !== undefined) fault('before', 'a schemaless topic has no versions')
  if (typeof since === 'string' && typeof sunset === 'string' && Date.parse(sunset) < Date.parse(since)) {
    fault('sunset', 'is before `since`')
  }
  if (refuseAfterSunset === true && sunset === undefined) fault('refuseAfterSunset', 'needs a `sunset`')
  if (successor !== undefined && successor === topic) fault('successor', 'is the topic itself')
  return faults
}

/** What a contract says against publishing by that version of the schema (null: by none); undefined where it says nothing. */
export function deprecationOf(deprecation: Deprecation, version: number | null): Deprecation | undefined {
  const { versions, before } = deprecation
  if (versions) return version !== null && versions.includes(version) ? deprecation : undefined
  if (before !== undefined) return version !== null && version < before ? deprecation : undefined
  return deprecation
}
