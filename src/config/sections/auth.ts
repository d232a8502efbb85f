import { z } from 'zod'
import { httpUrl, ms } from './values.ts'

const claim = z.string().min(1)

const issuerSettings = {
  issuer: httpUrl.describe('The `iss` of accepted tokens, letter by letter, and where its metadata is found.'),
  audience: z.string().min(1).describe('The `aud` that accepted tokens carry.'),
  jwksUrl: httpUrl.optional().describe("Where the issuer's keys are; by default its metadata says."),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256'])
    .describe('Signature algorithms that are accepted.'),
  idClaims: z
    .array(claim)
    .min(1)
    .default(['sub', 'client_id'])
    .describe("Claims that name the principal: the first that a token has. Dots lead into a claim's members."),
  scopeClaims: z
    .array(claim)
    .default(['scope', 'scp'])
    .describe('Claims whose words are scopes, as a text or a list; all of them count.'),
  roleClaims: z
    .array(claim)
    .default([])
    .describe('Claims whose words are roles or groups (`realm_access.roles`), which mean what `scopesOfRoles` says.'),
  scopesOfRoles: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('The scopes of each role; a role that is not named has none.'),
}

export const authSchema = z.strictObject({
  ...issuerSettings,
  issuers: z.array(z.strictObject(issuerSettings)).default([]).describe('Further issuers beside this one.'),
  leewaySeconds: z.int().min(0).max(300).default(30).describe('Clock difference that is forgiven.'),
  jwksTtlMs: ms.default(600_000).describe('How long fetched keys are trusted before they are fetched again.'),
  jwksCooldownMs: ms.default(30_000).describe('Least time between fetches for keys that are not known.'),
})

// How far back replicas read what was redeemed (state-topic.ts) allows for no longer one.
export const longestTicketMs = 300_000

export const ticketsSchema = z.strictObject({
  lifetimeMs: z.int().min(1).max(longestTicketMs).default(30_000).describe('How long a ticket can be used, once.'),
  redeemMs: ms
    .default(5_000)
    .describe('How long Kafka may take to say whether a ticket is the first of its kind; past it 503.'),
})

export const apiKeysSchema = z.strictObject({
  waitMs: ms
    .default(5_000)
    .describe(
      'How long Kafka may take with API keys: to give them to a replica that has just started, or to take a change.',
    ),
})
