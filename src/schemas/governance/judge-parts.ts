import type { Found, Policy, RuleId } from './rule.ts'
import { rules } from './rules.ts'
import type { SchemaPart } from './schema-part.ts'

/** What a policy has against a schema: where it is, and what would mend it. */
export interface Finding extends Found {
  rule: RuleId
  level: 'warn' | 'refuse'
}

/** All findings, in the order of the schema. */
export function* judgeParts(
  parts: Iterable<SchemaPart>,
  { policy, rules: levels, options }: Policy,
): Generator<Finding> {
  const judges = (Object.keys(rules) as RuleId[]).flatMap((rule) => {
    const level = levels[rule]
    return level === 'off' || rules[rule].since > policy ? [] : [{ rule, level, check: rules[rule].check }]
  })
  for (const part of parts) {
    for (const { rule, level, check } of judges) {
      for (const { pointer, path, message, fix } of check(part, options)) {
        yield { rule, level, pointer, path, message, fix }
      }
    }
  }
}
