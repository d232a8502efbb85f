import type { JWTPayload } from 'jose'
import type { Config } from '../config/config.ts'
import { isPlainScope, parseScopes, type Scope } from './scope.ts'

export type ClaimSettings = Pick<Config['auth'], 'idClaims' | 'scopeClaims' | 'roleClaims' | 'scopesOfRoles'>

/** What a token says of its bearer. */
export interface Claimed {
  /** Undefined where the token names nobody. */
  id: string | undefined
  scopes: readonly Scope[]
  /** Whether any claim that scopes come from is there, though it may be empty. */
  speaksOfScopes: boolean
}

/** How the claims of one issuer are read. Throws where a role is given a scope that is none of Headgate's. */
export function claimReader(settings: ClaimSettings): (payload: JWTPayload) => Claimed {
  const { idClaims, scopeClaims, roleClaims } = settings
  const scopesOfRole = new Map(Object.entries(settings.scopesOfRoles))
  for (const scope of [...scopesOfRole.values()].flat()) {
    if (!isPlainScope(scope)) throw new Error(`\`${scope}\` is not a scope of Headgate`)
  }

  return (payload) => {
    const id = idClaims.map((name) => claimAt(payload, name)).find((claim) => claim !== undefined)
    const scopes = scopeClaims.map((name) => claimAt(payload, name))
    const roles = roleClaims.map((name) => claimAt(payload, name))
    const ofRoles = new Set(roles.flatMap(wordsOf))
    const words = new Set([...scopes.flatMap(wordsOf), ...[...ofRoles].flatMap((role) => scopesOfRole.get(role) ?? [])])
    return {
      id: typeof id === 'string' && id !== '' ? id : undefined,
      scopes: parseScopes([...words]),
      speaksOfScopes: [...scopes, ...roles].some((claim) => claim !== undefined),
    }
  }
}

/** A claim of that whole name, which may have dots in it, or else the one to which the dots lead. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  return name.split('.').reduce<unknown>((at, member) => memberOf(at, member), payload)
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

/** A text of words (RFC 9068 §2.2.3), or a list of them as many issuers write it. Whatever else says nothing. */
function wordsOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ')
  return Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : []
}
