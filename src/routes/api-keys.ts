import { Router } from 'express'
import { type ApiKey, statusOf } from '../auth/api-keys/api-key.ts'
import type { ShownApiKey, WantedApiKey } from '../auth/api-keys/api-key-administration.ts'
import { assertMayGive, keysNotConfigured, principalOf, requireWholeAction } from '../auth/guard.ts'
import { isKnownScope } from '../auth/scope.ts'
import type { RequestFault } from '../errors/request-fault.ts'
import type { components } from '../generated/openapi.ts'
import { formatTime, parseTime } from '../json/time.ts'
import { parseNetwork } from '../network/address-list.ts'
import { bodyError } from '../openapi/request-faults.ts'
import { askerOf } from './asker.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { answerJson, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'

type ApiKeyRequest = components['schemas']['ApiKeyRequest']
type ApiKeyRotation = components['schemas']['ApiKeyRotation']

const defaultOverlapSeconds = 86_400

/** Credentials for partners: made, listed, given new secrets, revoked. */
export function apiKeysRouter({ on, authenticated, apiKeys, quotas, contracts, config }: RouteContext): Router {
  const reads = jsonBodyReader(config)
  const administration = () => {
    if (!apiKeys) throw keysNotConfigured()
    return apiKeys
  }

  const ownScopes = () =>
    new Set(
      contracts
        .list()
        .flatMap(({ masking, read, write }) => [masking?.unless, read.requires, write.requires])
        .filter((name) => name !== undefined),
    )

  const createApiKey: Operation<'createApiKey'> = async ({ body, req }, res) => {
    const principal = principalOf(req)
    const known = { classes: quotas.classes, ownScopes: ownScopes() }
    const wanted = wantedKey((body as JsonBody).value as unknown as ApiKeyRequest, principal.id, known)
    assertMayGive(principal, wanted.scopes)
    const shown = await administration().create(wanted, askerOf(req, res))
    res.setHeader('location', `/v1/api-keys/${shown.apiKey.id}`)
    res.setHeader('cache-control', 'no-store')
    answerJson(res, 201, newKeyBody(shown))
  }

  const listApiKeys: Operation<'listApiKeys'> = async (_input, res) => {
    const found = await administration().list()
    answerJson(res, 200, { apiKeys: found.map(keyBody) })
  }

  const getApiKey: Operation<'getApiKey'> = async ({ params }, res) => {
    answerJson(res, 200, keyBody(await administration().get(params.id)))
  }

  const rotateApiKey: Operation<'rotateApiKey'> = async ({ params, body, req }, res) => {
    const { overlapSeconds = defaultOverlapSeconds } = (body as JsonBody).value as unknown as ApiKeyRotation
    const found = await administration().get(params.id)
    assertMayGive(principalOf(req), found.scopes)
    const shown = await administration().rotate(found, overlapSeconds * 1000, askerOf(req, res))
    res.setHeader('cache-control', 'no-store')
    answerJson(res, 200, newKeyBody(shown))
  }

  const revokeApiKey: Operation<'revokeApiKey'> = async ({ params, req }, res) => {
    answerJson(res, 200, keyBody(await administration().revoke(params.id, askerOf(req, res))))
  }

  const guards = [authenticated, requireWholeAction('keys')]
  return Router(strict)
    .post('/v1/api-keys', on('createApiKey', { guards, reads }, createApiKey))
    .get('/v1/api-keys', on('listApiKeys', { guards }, listApiKeys))
    .get('/v1/api-keys/:id', on('getApiKey', { guards }, getApiKey))
    .delete('/v1/api-keys/:id', on('revokeApiKey', { guards }, revokeApiKey))
    .post('/v1/api-keys/:id/rotate', on('rotateApiKey', { guards, reads }, rotateApiKey))
}

/** What a key may be given by name. */
interface KnownNames {
  classes: readonly string[]
  ownScopes: ReadonlySet<string>
}

function wantedKey(request: ApiKeyRequest, caller: string, { classes, ownScopes }: KnownNames): WantedApiKey {
  const { description, owner = caller, scopes, addresses, quotaClass = 'default', expiresAt: expiry } = request
  const expiresAt = expiry === undefined ? null : (parseTime(expiry) ?? 0)
  const faults: RequestFault[] = (addresses ?? []).flatMap((text, index) =>
    parseNetwork(text)
      ? []
      : [
          {
            in: 'body',
            pointer: `/addresses/${index}`,
            message: 'must be an address or a network such as 203.0.113.0/24',
          },
        ],
  )
  for (const [index, scope] of scopes.entries()) {
    if (isKnownScope(scope, ownScopes)) continue
    faults.push({
      in: 'body',
      pointer: `/scopes/${index}`,
      message: 'is neither an action nor a scope that a contract names',
    })
  }
  if (expiresAt !== null && expiresAt <= Date.now()) {
    faults.push({ in: 'body', pointer: '/expiresAt', message: 'must be a time that is to come' })
  }
  if (!classes.includes(quotaClass)) {
    faults.push({
      in: 'body',
      pointer: '/quotaClass',
      message: `must be one of ${classes.join(', ')} (quotas.classes)`,
    })
  }
  if (faults.length > 0) throw bodyError(faults)
  return { description, owner, scopes, addresses: addresses ?? null, quotaClass, expiresAt }
}

const newKeyBody = ({ text, apiKey }: ShownApiKey): components['schemas']['NewApiKey'] => ({
  key: text,
  apiKey: keyBody(apiKey),
})

function keyBody(apiKey: ApiKey): components['schemas']['ApiKey'] {
  const { id, description, owner, scopes, addresses, quotaClass, createdAt, createdBy, secrets } = apiKey
  return {
    id,
    description,
    owner,
    scopes,
    addresses,
    quotaClass,
    status: statusOf(apiKey, Date.now()),
    createdAt: formatTime(createdAt),
    createdBy,
    expiresAt: shownTime(apiKey.expiresAt),
    rotatedAt: shownTime(apiKey.rotatedAt),
    previousUntil: shownTime(secrets[1]?.expiresAt ?? null),
    revokedAt: shownTime(apiKey.revokedAt),
    lastUsedAt: shownTime(apiKey.lastUsedAt),
  }
}

const shownTime = (ms: number | null): string | null => (ms === null ? null : formatTime(ms))
