import { type Action, isAction, isScopeName, ownScopeFault } from '../scopes/scope-name.ts'

/** An action, or a name of the organisation's own, on the topics whose name fits a pattern; of `schemas-read` and `schemas-write`, on the subjects. */
export interface Scope {
  action: string
  /** What stands between the pattern's `*`; a single piece is the whole name. */
  pieces: readonly string[]
}

/** The scopes that a token lists, in their order. Words that cannot be scopes are passed over. */
export function parseScopes(listed: readonly string[]): Scope[] {
  return listed.flatMap((text) => {
    const { name, pattern } = partsOf(text)
    return isScopeName(name) ? [{ action: name, pieces: pattern.split('*') }] : []
  })
}

/** Whether a text means what it seems to: the scope of an action, or one of the organisation's own that looks like no action. */
export function isPlainScope(text: string): boolean {
  const { name } = partsOf(text)
  return isAction(name) || ownScopeFault(name) === undefined
}

function partsOf(text: string): { name: string; pattern: string } {
  const colon = text.indexOf(':')
  return colon < 0 ? { name: text, pattern: '*' } : { name: text.slice(0, colon), pattern: text.slice(colon + 1) }
}

/** Whether any scope gives the action on the topic. No scope reaches an internal topic. */
export function mayDo(scopes: readonly Scope[], action: Action, topic: string): boolean {
  return holds(scopes, action, topic)
}

/** Whether any scope of that name, an action or one of the organisation's own, reaches the topic. */
export function holds(scopes: readonly Scope[], name: string, topic: string): boolean {
  return !isInternalTopic(topic) && scopes.some((scope) => scope.action === name && fits(topic, scope.pieces))
}

/** Whether any scope gives the action on some topic. */
export function mayDoSomewhere(scopes: readonly Scope[], action: Action): boolean {
  return scopes.some((scope) => scope.action === action)
}

/** Whether the scopes allow all that the wanted one would. */
export function includes(scopes: readonly Scope[], { action, pieces }: Scope): boolean {
  // The `*` of a wanted pattern stands for any text, and only a `*` takes it: no piece has one.
  const pattern = pieces.join('*')
  return scopes.some((scope) => scope.action === action && fits(pattern, scope.pieces))
}

/** Whether a caller may give the scope to somebody else. */
export function mayGive(scopes: readonly Scope[], wanted: Scope): boolean {
  return includes(scopes, wanted) || includes(scopes, { action: 'admin', pieces: everything })
}

/** The pieces of `*`. */
export const everything: readonly string[] = ['', '']

/** Topics that hold Kafka's or the gateway's own state. */
export function isInternalTopic(topic: string): boolean {
  return topic.startsWith('__') || topic.startsWith('_headgate')
}

// The leftmost place of each piece leaves most room for the rest: nothing is ever tried twice.
function fits(topic: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return topic === first
  const last = pieces.at(-1) ?? ''
  if (!topic.startsWith(first)) return false

  let from = first.length
  for (const piece of pieces.slice(1, -1)) {
    const at = topic.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return topic.length - last.length >= from && topic.endsWith(last)
}
