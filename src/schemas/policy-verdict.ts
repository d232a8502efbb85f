import { type Finding, judgeParts } from './governance/judge-parts.ts'
import type { Policy } from './governance/rule.ts'
import type { SchemaPart } from './governance/schema-part.ts'
import { Listed } from './listed.ts'

/** What the policy finds in a schema; `refusals` are those of the findings for which it may not be registered. */
export interface PolicyVerdict {
  findings: Listed<Finding>
  refusals: Listed<Finding>
}

export function policyVerdict(parts: Iterable<SchemaPart>, policy: Policy): PolicyVerdict {
  const verdict: PolicyVerdict = { findings: new Listed(), refusals: new Listed() }
  for (const finding of judgeParts(parts, policy)) {
    verdict.findings.add(finding)
    if (finding.level === 'refuse') verdict.refusals.add(finding)
  }
  return verdict
}
