import { ApiKeyAdministration } from '../auth/api-keys/api-key-administration.ts'
import { ApiKeyHasher } from '../auth/api-keys/api-key-hasher.ts'
import { ApiKeyStore } from '../auth/api-keys/api-key-store.ts'
import { ApiKeys } from '../auth/api-keys/api-keys.ts'
import { authentication } from '../auth/guard.ts'
import { JwksCache } from '../auth/jwks-cache.ts'
import { Origins } from '../auth/origin.ts'
import { Redemptions } from '../auth/redemptions.ts'
import { ticketOr } from '../auth/ticket-guard.ts'
import { TicketSigner } from '../auth/ticket-signer.ts'
import { type TicketParts, Tickets } from '../auth/tickets.ts'
import { TokenVerifier } from '../auth/token-verifier.ts'
import { trustIn } from '../auth/trust.ts'
import { TrustedIssuer } from '../auth/trusted-issuer.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { longestTicketMs } from '../config/sections/auth.ts'
import { StateTopic, type StateTopicParts } from '../kafka/state-topic.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { together } from '../observability/part-health.ts'
import { accepted } from './accepted.ts'
import { loggedHealth } from './logged-health.ts'

export type StateTopicSurroundings = Pick<StateTopicParts, 'admin' | 'topics' | 'producer' | 'tail' | 'log'>

interface CredentialsParts {
  loaded: LoadedConfig
  log: Logger
  state: StateTopicSurroundings
  audit: Audit
}

/** All by which callers may say who they are: access tokens, API keys and tickets. They go with the stack. */
export function openCredentials(stack: AsyncDisposableStack, parts: CredentialsParts) {
  const { loaded, log } = parts
  const issuers = openIssuers(stack, loaded, log)
  const tokens = new TokenVerifier(issuers.map(({ trusted }) => trusted))
  const apiKeys = openApiKeys(stack, parts)
  const isTrusted = trustIn(tokens, apiKeys?.keys)
  const origins = new Origins(loaded.config.http)
  const tickets = openTickets(stack, parts, { origins, isTrusted })
  const authenticated = authentication(tokens, apiKeys?.keys)
  const healthOfIssuers = issuers.map(({ health }) => health)

  return {
    issuers: together('issuer', healthOfIssuers),
    tokens,
    isTrusted,
    origins,
    tickets,
    apiKeys: apiKeys?.administration,
    authenticated,
    authenticatedOrTicket: ticketOr(authenticated, tickets),
    /** Begins to read the API keys that there are. */
    follow: () => apiKeys?.store.follow(),
  }
}

function openIssuers(stack: AsyncDisposableStack, { config, secrets }: LoadedConfig, log: Logger) {
  const { issuers: further, leewaySeconds, jwksTtlMs, jwksCooldownMs } = config.auth
  return [config.auth, ...further].map((issuer) => {
    const health = loggedHealth('issuer', log)
    const { jwksUrl } = issuer
    const address = { issuer: issuer.issuer, jwksUrl, jwksTtlMs, jwksCooldownMs }
    const keys = stack.use(JwksCache.open(address, { health }))
    const trusted = () => new TrustedIssuer({ ...issuer, leewaySeconds }, keys)
    return { health, trusted: accepted('auth.scopesOfRoles', trusted, secrets) }
  })
}

// Of tickets that could still be shown, read by replicas whose clocks differ; the broker's clock gives the times.
const clockDifferenceMs = 300_000
const ticketTopic = {
  name: '_headgate.tickets',
  config: {
    'cleanup.policy': 'delete',
    'retention.ms': String(3_600_000),
    'segment.ms': String(600_000),
    'message.timestamp.type': 'LogAppendTime',
  },
  lookBackMs: longestTicketMs + clockDifferenceMs,
}

function openTickets(
  stack: AsyncDisposableStack,
  { loaded: { config, secrets }, state }: CredentialsParts,
  judges: Pick<TicketParts, 'origins' | 'isTrusted'>,
): Tickets {
  const redemptions = new Redemptions({
    openLog: (take) => stack.use(new StateTopic({ ...state, ...ticketTopic, take })),
    config: config.tickets,
  })
  const signer = new TicketSigner(secrets.cursor)
  return new Tickets({ ...judges, signer, redemptions, config: config.tickets })
}

const apiKeyTopic = { name: '_headgate.api-keys', config: { 'cleanup.policy': 'compact' } }

function openApiKeys(
  stack: AsyncDisposableStack,
  { loaded: { config, secrets }, log, state, audit }: CredentialsParts,
): { store: ApiKeyStore; keys: ApiKeys; administration: ApiKeyAdministration } | undefined {
  if (!secrets.apiKeyPepper) return undefined
  const hasher = new ApiKeyHasher(secrets.apiKeyPepper)
  const store = stack.use(
    new ApiKeyStore({
      openLog: (take) => stack.use(new StateTopic({ ...state, ...apiKeyTopic, take })),
      waitMs: config.apiKeys.waitMs,
      log,
    }),
  )
  const keys = new ApiKeys({ store, hasher })
  return { store, keys, administration: new ApiKeyAdministration({ store, hasher, audit, log }) }
}
