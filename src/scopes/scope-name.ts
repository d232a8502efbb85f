import { didYouMean } from '../errors/did-you-mean.ts'

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

// OpenID Connect Core §5.4, §11: issuers give these to whoever asks.
const openIdScopes = new Set(['openid', 'profile', 'email', 'address', 'phone', 'offline_access'])

/** Whether a text can be a scope's name: an action, or a name of the organisation's own. */
export const isScopeName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(name)

export const isAction = (name: string): name is Action => actions.some((action) => action === name)

/** Why a name cannot be a scope of the organisation's own; undefined where it can. */
export function ownScopeFault(name: string): string | undefined {
  if (!isScopeName(name)) return 'is no name of a scope: a letter, then letters, digits, `.`, `_` and `-`, at most 64'
  if (isAction(name)) return 'is one of the gateway: choose another name'
  if (openIdScopes.has(name)) return 'is one of OpenID Connect, which issuers give to anybody: choose another name'
  const action = didYouMean(name, actions)
  return action === undefined ? undefined : `is too like \`${action}\`, one of the gateway: choose another name`
}
