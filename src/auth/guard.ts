import type { Request, RequestHandler } from 'express'
import passport from 'passport'
import { GatewayError } from '../errors/gateway-error.ts'
import { clientAddress } from '../network/client-address.ts'
import type { Action } from '../scopes/scope-name.ts'
import { AccessRefused } from './access-refused.ts'
import { isApiKeyLike } from './api-keys/api-key-text.ts'
import type { ApiKeys } from './api-keys/api-keys.ts'
import { BearerStrategy, bearerToken } from './bearer-strategy.ts'
import { insufficientScope, invalidToken, missingToken } from './challenge.ts'
import type { KeyPrincipal, Principal, TokenPrincipal } from './principal.ts'
import { everything, includes, isInternalTopic, mayDo, mayDoSomewhere, mayGive, parseScopes } from './scope.ts'
import { KeysUnavailableError, TokenError } from './token-error.ts'
import type { TokenVerifier } from './token-verifier.ts'

// On the request itself: a WeakMap of requests would keep each of them until the next full garbage collection.
const principal = Symbol('principal')
type Identified = Request & { [principal]?: Principal }

/** Who asks. A request that came past no {@link authentication} is refused as one without a token. */
export function principalOf(req: Request): Principal {
  const known = knownPrincipal(req)
  if (!known) throw missing()
  return known
}

/** Who asks, as far as that has been found out. */
export const knownPrincipal = (req: Request): Principal | undefined => (req as Identified)[principal]

export function identify(req: Request, known: Principal): void {
  ;(req as Identified)[principal] = known
}

/**
 * Lets through requests of a known principal only. Stands before whatever reads a body.
 * @param apiKeys undefined where the gateway takes none
 */
export function authentication(verifier: TokenVerifier, apiKeys?: Pick<ApiKeys, 'verify'>): RequestHandler {
  const byToken = tokenAuthentication(verifier)

  return (req, res, next) => {
    const text = bearerToken(req)
    if (text === undefined || !isApiKeyLike(text)) return byToken(text, req, res, next)
    if (!apiKeys) throw keysNotConfigured()
    const accept = (verified: KeyPrincipal) => {
      res.locals.apiKey = verified.apiKey
      identify(req, verified)
      next()
    }
    const verified = apiKeys.verify(text, clientAddress(req))
    if (verified instanceof Promise) verified.then(accept, next)
    else accept(verified)
  }
}

type TokenHandler = (token: string | undefined, ...request: Parameters<RequestHandler>) => void

function tokenAuthentication(verifier: TokenVerifier): TokenHandler {
  const authenticator = new passport.Passport()
  authenticator.use(new BearerStrategy(verifier))

  return (token, req, res, next) => {
    // Passport makes a new object with the strategy as its prototype for each request, which takes longer than all the rest.
    const known = token === undefined ? undefined : verifier.known(token)
    if (known) {
      identify(req, known)
      next()
      return
    }
    const decide = (error: unknown, verified?: unknown, challenges?: unknown) => {
      if (error) return next(error instanceof KeysUnavailableError ? unavailable(error) : error)
      if (!verified) return next(refusalFrom(challenges))
      identify(req, verified as Principal)
      next()
    }
    authenticator.authenticate(['bearer'], { session: false }, decide)(req, res, next)
  }
}

/** For a token that came elsewhere than in a header. Rejects with `token-invalid` or `issuer-unavailable`. */
export async function principalOfToken(
  verifier: Pick<TokenVerifier, 'verify'>,
  token: string,
): Promise<TokenPrincipal> {
  try {
    return await verifier.verify(token)
  } catch (error) {
    if (error instanceof TokenError) throw refusalFrom([error])
    throw error instanceof KeysUnavailableError ? unavailable(error) : error
  }
}

/** Lets through those who may do one of the actions on the topic, subject or subscription that the path names. */
export function requireScope(...actions: [Action, ...Action[]]): RequestHandler {
  return (req, _res, next) => {
    const name = req.params.topic ?? req.params.subject ?? req.params.name
    if (typeof name !== 'string') throw new Error(`${req.path} has nothing to guard`)
    assertMay(principalOf(req), actions, name)
    next()
  }
}

/** For topics and subjects that stand elsewhere than in the path. Throws GatewayError `scope-missing` unless one of the actions is allowed. */
export function assertMay({ scopes }: Principal, actions: readonly [Action, ...Action[]], topic: string): void {
  if (actions.some((action) => mayDo(scopes, action, topic))) return
  const [action] = actions
  if (isInternalTopic(topic)) throw scopeMissing(`\`${topic}\` is internal: no scope reaches it.`, action, topic)
  const scope = `${action}:${topic}`
  throw scopeMissing(`This needs the scope \`${scope}\` or one that includes it.`, scope, topic)
}

/** Lets through those who may do one of the actions on some topic; what they see is then left to `mayDo`. */
export function requireAction(...actions: [Action, ...Action[]]): RequestHandler {
  return (req, _res, next) => {
    const { scopes } = principalOf(req)
    if (actions.some((action) => mayDoSomewhere(scopes, action))) return next()
    const [action] = actions
    throw scopeMissing(`This needs the scope \`${action}\`, for all topics or for some.`, action)
  }
}

/** Lets through those who may do the action everywhere: for what belongs to no topic or subject. */
export function requireWholeAction(action: Action): RequestHandler {
  return (req, _res, next) => {
    if (includes(principalOf(req).scopes, { action, pieces: everything })) return next()
    throw scopeMissing(`This needs the scope \`${action}\`, without a pattern.`, action)
  }
}

/** Throws GatewayError `scope-missing` unless all of the scopes are the caller's to give. */
export function assertMayGive({ scopes }: Principal, texts: readonly string[]): void {
  for (const text of texts) {
    const [wanted] = parseScopes([text])
    if (wanted && mayGive(scopes, wanted)) continue
    throw scopeMissing(`To give \`${text}\` you need it yourself, or the scope \`admin\`.`, text)
  }
}

/**
 * For what shows a topic as it is.
 * @param name of the scope that unmasks it, where there is one
 * @param why it would be shown
 */
export function unmaskingMissing(name: string | undefined, topic: string, why: string): GatewayError {
  if (name === undefined) return scopeMissing(`\`${topic}\` is masked for everybody. ${why}.`, `read:${topic}`, topic)
  const scope = `${name}:${topic}`
  const detail = `${why}, and \`${topic}\` is masked: this needs the scope \`${scope}\`.`
  return scopeMissing(detail, scope, topic)
}

/** For a scope that the contract of a topic asks for besides the action. */
export function ownScopeMissing(name: string, topic: string, what: string): GatewayError {
  const scope = `${name}:${topic}`
  return scopeMissing(`The contract of \`${topic}\` asks for the scope \`${scope}\` for ${what}.`, scope, topic)
}

/** For a topic whose contract lets nobody. */
export function topicClosed(topic: string, what: string, reason: string): GatewayError {
  return new AccessRefused('topic-closed', `\`${topic}\` is closed for ${what}: ${reason}`, {}, { topic })
}

export function keysNotConfigured(): GatewayError {
  const detail = 'This gateway takes no API keys: it has no secret to judge them by. Use an access token.'
  return new GatewayError('keys-not-configured', detail)
}

function refusalFrom(challenges: unknown): GatewayError {
  const cause = Array.isArray(challenges) ? challenges.find((challenge) => challenge instanceof TokenError) : undefined
  if (!(cause instanceof TokenError)) return missing()
  const headers = { 'WWW-Authenticate': invalidToken(cause.message) }
  return new GatewayError('token-invalid', `The access token was not accepted: ${cause.message}.`, { headers, cause })
}

function missing(): GatewayError {
  const detail = 'Send an access token of the issuer, or an API key, in the header `Authorization: Bearer …`.'
  return new GatewayError('token-missing', detail, { headers: { 'WWW-Authenticate': missingToken } })
}

function scopeMissing(detail: string, scope: string, topic?: string): GatewayError {
  const headers = { 'WWW-Authenticate': insufficientScope(scope) }
  return new AccessRefused('scope-missing', detail, { headers }, { needed: scope, topic })
}

function unavailable(cause: KeysUnavailableError): GatewayError {
  const detail = "The access token cannot be checked: the issuer's keys are not available."
  return new GatewayError('issuer-unavailable', detail, { retryAfterSeconds: 5, cause })
}
