import { z } from 'zod'
import { ownScopeFault } from '../scopes/scope-name.ts'
import type { Explanation } from '../yaml/explain-issue.ts'
import { membersOf } from '../yaml/mapping.ts'
import type { Contract } from './contract.ts'

const text = z.string().trim().min(1)
const access = {
  /** Why nobody may; absent where it is open. */
  closed: text.max(500).meta({ expected: 'the reason, a text of at most 500 characters' }).optional(),
  /** A scope that is needed besides the action. */
  requires: text.meta({ expected: "the name of a scope of the organisation's own, such as `pii`" }).optional(),
}

/** What is asked of those who publish, beyond the action `publish`, and of their events, beyond the schema. */
export const writeRulesSchema = z.strictObject({
  ...access,
  tombstones: z.boolean().default(true),
  key: z.enum(['optional', 'required']).default('optional'),
})

/** What is asked of those who read, beyond the action `read`. */
export const readRulesSchema = z.strictObject(access)

export type WriteRules = Readonly<z.output<typeof writeRulesSchema>>
export type ReadRules = Readonly<z.output<typeof readRulesSchema>>

export const openWriteRules: WriteRules = Object.freeze({ tombstones: true, key: 'optional' })
export const openReadRules: ReadRules = Object.freeze({})

/** Throws a GatewayError where the contract does not let the caller. */
export type Permit = (contract: Contract) => void

/** Members that are each right and together wrong. Takes what was written, whatever it is. */
export function ruleContradictions(contract: Record<string, unknown>): Explanation[] {
  return (['write', 'read'] as const).flatMap((member) => {
    const { requires } = membersOf(contract[member])
    const fault = typeof requires === 'string' ? ownScopeFault(requires.trim()) : undefined
    return fault === undefined ? [] : [{ path: [member, 'requires'], message: fault }]
  })
}
