import type { Request, RequestHandler, Response } from 'express'
import type { StoredApiKey } from '../src/auth/api-keys/api-key.ts'
import { ApiKeyHasher } from '../src/auth/api-keys/api-key-hasher.ts'
import { newApiKeyId, newApiKeyText } from '../src/auth/api-keys/api-key-text.ts'
import { ApiKeys } from '../src/auth/api-keys/api-keys.ts'
import { authentication, principalOf } from '../src/auth/guard.ts'
import { JwksCache } from '../src/auth/jwks-cache.ts'
import { TokenVerifier } from '../src/auth/token-verifier.ts'
import { TrustedIssuer } from '../src/auth/trusted-issuer.ts'
import { configSchema } from '../src/config/config.ts'
import { createLogger } from '../src/observability/logger.ts'
import { PartHealth } from '../src/observability/part-health.ts'
import { Quotas } from '../src/quotas/quotas.ts'
import { median } from './report.ts'

export interface IssuedToken {
  issuer: string
  audience: string
  token: string
}

/** Nanoseconds of each step, medians of many rounds that take turns. */
export type StepCosts = Record<'token' | 'key' | 'quota' | 'quotaOfAll' | RefusedKey, number>

/** Keys that must not be told apart by how long it takes to refuse them. */
type RefusedKey = 'unknownKey' | 'wrongKey' | 'revokedKey'

const timesARound = 20_000
// Each makes an error, which takes twenty times as long.
const refusalsARound = 2_000

/** What it costs in this process to know who asks, and whether he may ask again, where both were known before. */
export async function stepCosts(issued: IssuedToken, rounds: number): Promise<StepCosts> {
  const config = configSchema.parse({
    registry: { url: 'http://127.0.0.1:1' },
    auth: { issuer: issued.issuer, audience: issued.audience },
  })
  const address = { ...config.auth, jwksUrl: undefined }
  using keys = JwksCache.open(address, { health: new PartHealth('issuer') })
  const { text, apiKeys, refused } = keysOfTheBench()
  const authenticate = authentication(new TokenVerifier([new TrustedIssuer(config.auth, keys)]), apiKeys)
  const byToken = requestWith(issued.token)
  const byKey = requestWith(text)
  for (const req of [byToken, byKey]) await known(authenticate, req)

  const limited = { limit: 1_000_000_000, seconds: 1 }
  const quotas = new Quotas({
    classes: { default: { requests: limited, events: limited, bytes: limited } },
    principals: {},
    quotaOfTopic: () => undefined,
    replicas: { live: 2 },
    meter: { refuseByQuota: () => {} },
    log: createLogger({ level: 'silent' }),
  })
  const principal = principalOf(byKey)
  const steps: Record<keyof StepCosts, () => void> = {
    token: () => authenticate(byToken, answer, done),
    key: () => authenticate(byKey, answer, done),
    quota: () => quotas.admit(principal),
    quotaOfAll: () => {
      quotas.admit(principal)
      quotas.headers(principal)
      quotas.take(principal, 1, 225, 'orders')
      quotas.headers(principal)
    },
    ...refusals(authenticate, refused),
  }
  return inTurns(steps, refused, rounds)
}

function inTurns(steps: Record<keyof StepCosts, () => void>, refused: object, rounds: number): StepCosts {
  const names = Object.keys(steps) as (keyof StepCosts)[]
  const times = new Map(names.map((name) => [name, [] as number[]]))
  for (let round = -5; round < rounds; round++) {
    for (const name of names) {
      const ns = timeOf(steps[name], name in refused ? refusalsARound : timesARound)
      // The first rounds are for the compiler.
      if (round >= 0) times.get(name)?.push(ns)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as StepCosts
}

function timeOf(step: () => void, times: number): number {
  // The processor's time, not the clock's: others may be at work beside this.
  const before = process.threadCpuUsage()
  for (let time = 0; time < times; time++) step()
  const { user, system } = process.threadCpuUsage(before)
  return ((user + system) * 1000) / times
}

function refusals(authenticate: RequestHandler, refused: Record<RefusedKey, string>) {
  const step = (text: string) => {
    const req = requestWith(text)
    return () => {
      try {
        authenticate(req, answer, done)
      } catch {
        return
      }
      throw new Error('a key that must be refused was accepted')
    }
  }
  return {
    unknownKey: step(refused.unknownKey),
    wrongKey: step(refused.wrongKey),
    revokedKey: step(refused.revokedKey),
  }
}

const answer = { locals: {} } as Response
const done = (): void => {}

const requestWith = (credentials: string): Request =>
  ({ headers: { authorization: `Bearer ${credentials}` }, socket: { remoteAddress: '127.0.0.1' } }) as Request

function known(authenticate: RequestHandler, req: Request): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  authenticate(req, answer, (error?: unknown) => (error ? reject(error) : resolve()))
  return promise
}

function keysOfTheBench(): { text: string; apiKeys: ApiKeys; refused: Record<RefusedKey, string> } {
  const hasher = new ApiKeyHasher(['a-pepper-of-the-bench-0123456789abcdef'])
  const [good, revoked] = [newKey(hasher), newKey(hasher)]
  const stored = new Map([good, revoked].map((key) => [key.stored.id, key.stored]))
  const store = {
    isRead: true,
    whenRead: async () => {},
    find: (id: string) => stored.get(id),
    isRevoked: (id: string) => id === revoked.stored.id,
    lastUsedAt: () => Date.now(),
    noteUse: () => {},
  }
  const refused = {
    unknownKey: newApiKeyText(newApiKeyId()).text,
    wrongKey: newApiKeyText(good.stored.id).text,
    revokedKey: revoked.text,
  }
  return { text: good.text, apiKeys: new ApiKeys({ store, hasher }), refused }
}

function newKey(hasher: ApiKeyHasher): { text: string; stored: StoredApiKey } {
  const { id, text, label } = newApiKeyText(newApiKeyId())
  const stored: StoredApiKey = {
    id,
    description: 'Of the bench',
    owner: 'bench',
    scopes: ['publish'],
    addresses: null,
    quotaClass: 'default',
    createdAt: 0,
    createdBy: 'bench',
    expiresAt: null,
    rotatedAt: null,
    secrets: [{ label, ...hasher.hash(text), expiresAt: null }],
  }
  return { text, stored }
}
