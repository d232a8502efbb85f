import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { quotaLimitsSchema } from '../quotas/quota-limits.ts'
import { type Explanation, explainIssue } from '../yaml/explain-issue.ts'
import { membersOf } from '../yaml/mapping.ts'
import { deprecationContradictions, deprecationSchema } from './deprecation.ts'
import { examplesSchema } from './examples.ts'
import { maskingContradictions, maskingSchema } from './masking.ts'
import { refusalContradictions, refusalsSchema } from './refusals.ts'
import { openReadRules, openWriteRules, readRulesSchema, ruleContradictions, writeRulesSchema } from './rules.ts'
import { versionContradictions, versionRuleSchema } from './versions.ts'

const slowReaderRules = ['disconnect', 'drop-oldest', 'conflate'] as const
/** What happens to a reader of a stream that is slower than its topic. */
export type SlowReaderRule = (typeof slowReaderRules)[number]

const strategies = ['topic-name', 'record-name', 'topic-record-name'] as const

const topicName = z
  .string()
  .regex(/^(?!\.{1,2}$)(?!__|_headgate)[A-Za-z0-9._-]{1,249}$/)
  .meta({ expected: 'the name of a topic that is not an internal one' })
const recordName = z
  .string()
  .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/)
  .meta({ expected: "a record's full name such as `org.example.Order`" })
const pointer = z
  .string()
  .regex(/^(\/([^~]|~[01])*)$/)
  .meta({ expected: 'a JSON Pointer such as `/id`' })
const text = z.string().trim().min(1)

const contractSchema = z.strictObject({
  topic: topicName,
  owner: text.optional(),
  description: text.optional(),
  subject: z
    .strictObject({
      strategy: z.enum(strategies).default('topic-name'),
      record: recordName.optional(),
      version: versionRuleSchema.optional(),
    })
    .prefault({}),
  key: z.strictObject({ field: pointer }).optional(),
  schemaless: z.boolean().default(false),
  quota: quotaLimitsSchema.optional(),
  slowReaders: z.enum(slowReaderRules).default('disconnect'),
  masking: maskingSchema.optional(),
  write: writeRulesSchema.prefault({}),
  read: readRulesSchema.prefault({}),
  deprecation: deprecationSchema.optional(),
  examples: examplesSchema.optional(),
  refusals: refusalsSchema.optional(),
})

type WrittenContract = Readonly<z.output<typeof contractSchema>>

/** What the gateway knows about one topic. */
export interface Contract extends WrittenContract {
  /** The registry's subject for the topic's events; null where the topic has no schema. */
  readonly subjectName: string | null
}

/** A contract, or everything that is wrong with it. */
export type ContractReading = { contract: Contract } | { faults: Explanation[] }

export function readContract(value: unknown): ContractReading {
  const parsed = contractSchema.safeParse(value)
  const members = membersOf(value)
  const faults = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => explainIssue(contractSchema, value, issue)),
    ...subjectContradictions(members),
    ...maskingContradictions(members),
    ...ruleContradictions(members),
    ...versionContradictions(members),
    ...deprecationContradictions(members),
    ...refusalContradictions(members),
  ]
  return parsed.success && faults.length === 0 ? { contract: withSubject(parsed.data) } : { faults }
}

/** The contract of a topic that nobody wrote one for: the latest schema of its own subject, and nothing more. */
export function defaultContract(topic: string): Contract {
  return withSubject({
    topic,
    subject: { strategy: 'topic-name' },
    schemaless: false,
    slowReaders: 'disconnect',
    write: openWriteRules,
    read: openReadRules,
  })
}

/** The contract with all its defaults, as somebody could write it. */
export function writtenContract({ subjectName: _subjectName, ...written }: Contract): Record<string, unknown> {
  const { subject, ...withoutSubject } = written
  return written.schemaless ? withoutSubject : { ...withoutSubject, subject }
}

/** Whether readers of the topic get the same by both. */
export function readsAlike(one: Contract, other: Contract): boolean {
  return readers.every((member) => isDeepStrictEqual(one[member], other[member]))
}

const readers = ['subjectName', 'subject', 'key', 'schemaless', 'slowReaders', 'masking', 'read'] as const

const withSubject = (written: WrittenContract): Contract => ({ ...written, subjectName: subjectOf(written) })

function subjectOf({ topic, subject, schemaless }: WrittenContract): string | null {
  if (schemaless) return null
  switch (subject.strategy) {
    case 'topic-name':
      return `${topic}-value`
    case 'record-name':
      return `${subject.record}`
    case 'topic-record-name':
      return `${topic}-${subject.record}`
  }
}

/** Members that are each right and together wrong. Looks at the unparsed value, so that no other fault hides these. */
function subjectContradictions({ subject, schemaless }: Record<string, unknown>): Explanation[] {
  if (schemaless === true && subject !== undefined) {
    return [{ path: ['subject'], message: 'a schemaless topic has no subject: remove one of the two' }]
  }
  const { strategy = 'topic-name', record } = membersOf(subject)
  if (strategy === 'topic-name' && record !== undefined) {
    return [
      { path: ['subject', 'record'], message: 'only the strategies `record-name` and `topic-record-name` use it' },
    ]
  }
  if ((strategy === 'record-name' || strategy === 'topic-record-name') && record === undefined) {
    return [{ path: ['subject', 'record'], message: `is required by the strategy \`${strategy}\`` }]
  }
  return []
}
