import { z } from 'zod'
import { ownScopeFault } from '../scopes/scope-name.ts'
import type { Explanation } from '../yaml/explain-issue.ts'
import { isMapping, membersOf } from '../yaml/mapping.ts'

const forms = ['show', 'mask', 'hash', 'drop'] as const
/** What becomes of a value for readers without the scope. */
export type MaskForm = (typeof forms)[number]

const form = z.enum(forms)
const pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)*$/)
  .meta({ expected: 'a JSON Pointer such as `/email`, or `/items/*/email`' })
const name = z.string().trim().min(1)

export const maskingSchema = z.strictObject({
  /** The scope of those who see everything. */
  unless: name.meta({ expected: "the name of a scope of the organisation's own, such as `pii`" }),
  /** By JSON Pointer, in which `*` is any member or item. */
  fields: z.record(pointer, form).default({}),
  /** By tags of the schema, in any case. */
  tags: z.record(name, form).default({}),
  /** Whatever is not named. */
  others: z.enum(['show', 'mask', 'drop']).default('show'),
  /** The key of a topic whose contract takes it from no field. */
  key: form.optional(),
  /** By name; `*` is any header that is not named. */
  headers: z.record(name, form).default({}),
})

export type Masking = Readonly<z.output<typeof maskingSchema>>

/** The places by which readers without the scope get pseudonyms, for which the gateway needs a secret. */
export function hashPlaces({ fields, tags, key, headers }: Masking): string[][] {
  const ofMembers = Object.entries({ fields, tags, headers }).flatMap(([member, rules]) =>
    Object.entries(rules).flatMap(([name, each]) => (each === 'hash' ? [['masking', member, name]] : [])),
  )
  return key === 'hash' ? [...ofMembers, ['masking', 'key']] : ofMembers
}

/** Members that are each right and together wrong. Takes what was written, whatever it is. */
export function maskingContradictions(contract: Record<string, unknown>): Explanation[] {
  const { masking, key, schemaless } = contract
  if (!isMapping(masking)) return []
  const { unless, fields, tags, headers } = masking
  const fault = (path: PropertyKey[], message: string): Explanation => ({ path: ['masking', ...path], message })
  const faults: Explanation[] = []
  const scopeFault = typeof unless === 'string' ? ownScopeFault(unless.trim()) : undefined
  if (scopeFault) faults.push(fault(['unless'], scopeFault))
  if (schemaless === true && Object.keys(membersOf(tags)).length > 0)
    faults.push(fault(['tags'], 'a schemaless topic has no tags'))
  if (masking.key !== undefined && membersOf(key).field !== undefined) {
    const message = 'the key is taken from a field, and is shown as that is: say it in `fields`'
    faults.push(fault(['key'], message))
  }
  for (const tag of repeatedTags(tags)) faults.push(fault(['tags', tag], 'is there twice: tags have no case'))
  const said = [fields, tags, headers].flatMap((rules) => (isMapping(rules) ? Object.values(rules) : [rules]))
  if ([...said, masking.key, masking.others].every((each) => each === undefined || each === 'show')) {
    faults.push(fault([], 'masks nothing: name `fields`, `tags`, `key`, `headers` or `others`'))
  }
  return faults
}

function repeatedTags(tags: unknown): string[] {
  const names = Object.keys(membersOf(tags))
  const folded = names.map((tag) => tag.trim().toLowerCase())
  return names.filter((_tag, index) => folded.indexOf(folded[index] ?? '') < index)
}
