export const actions = [
  'publish',
  'read',
  'subscribe',
  'schemas-read',
  'schemas-write',
  'contracts-write',
  'keys',
  'admin',
] as const

export type Action = (typeof actions)[number]

/** An action on the topics, or with `schemas-read` and `schemas-write` the subjects, whose name fits a pattern. */
export interface Scope {
  action: Action
  /** What stands between the pattern's `*`; a single piece is the whole name. */
  pieces: readonly string[]
}

/** Scopes of Headgate among those that a token lists. Others belong to other services and are passed over. */
export function parseScopes(listed: readonly string[]): Scope[] {
  return listed.flatMap((text) => {
    const colon = text.indexOf(':')
    const name = colon < 0 ? text : text.slice(0, colon)
    const action = actions.find((known) => known === name)
    return action ? [{ action, pieces: (colon < 0 ? '*' : text.slice(colon + 1)).split('*') }] : []
  })
}

/** Whether any scope gives the action on the topic. No scope reaches an internal topic. */
export function mayDo(scopes: readonly Scope[], action: Action, topic: string): boolean {
  return !isInternalTopic(topic) && scopes.some((scope) => scope.action === action && fits(topic, scope.pieces))
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
