import { ownScopeMissing, topicClosed } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import { holds } from '../auth/scope.ts'
import type { Permit, ReadRules } from '../contracts/rules.ts'

/** Throws `topic-closed` or `scope-missing` where the contract of a topic does not let the caller read it. */
export const readingPermit =
  (principal: Principal): Permit =>
  ({ topic, read }) =>
    assertAllowed(principal, topic, read, 'reading')

/** The same of publishing. */
export const publishingPermit =
  (principal: Principal): Permit =>
  ({ topic, write }) =>
    assertAllowed(principal, topic, write, 'publishing')

// A closed topic is closed for all: who lacks the scope, too, is told that first.
function assertAllowed({ scopes }: Principal, topic: string, { closed, requires }: ReadRules, what: string): void {
  if (closed !== undefined) throw topicClosed(topic, what, closed)
  if (requires !== undefined && !holds(scopes, requires, topic)) throw ownScopeMissing(requires, topic, what)
}
