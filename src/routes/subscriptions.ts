import { type Request, type Response, Router } from 'express'
import { assertMay, principalOf, requireAction, requireScope } from '../auth/guard.ts'
import { callerOf, type Principal } from '../auth/principal.ts'
import { mayDo } from '../auth/scope.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { requestError } from '../errors/request-fault.ts'
import type { components } from '../generated/openapi.ts'
import { formatTime } from '../json/time.ts'
import { parseFilter } from '../reading/event-filter.ts'
import { parseStartPosition } from '../reading/start-position.ts'
import type { RedriveWish } from '../subscriptions/redriving/letter-search.ts'
import type { Settlement } from '../subscriptions/replica-calls.ts'
import type { SeekTarget } from '../subscriptions/seeking.ts'
import type { Subscription, SubscriptionSettings } from '../subscriptions/subscription.ts'
import { auditedRequest } from './audited-request.ts'
import { publishingPermit, readingPermit } from './contract-permits.ts'
import { type JsonBody, jsonBodyReader } from './json-body.ts'
import { spendRead } from './limited.ts'
import { answerJson, answerText, type Operation } from './operation.ts'
import { type RouteContext, strict } from './route-context.ts'
import { assertUnmasked, unmaskingScopes } from './unmasking-scopes.ts'

type Schemas = components['schemas']
/** As it arrives: nothing fills in what a body leaves out. */
type SubscriptionRequest = Pick<Schemas['SubscriptionRequest'], 'topics'> & Partial<Schemas['SubscriptionRequest']>

/** As it arrives. */
type RedriveRequest = Partial<Schemas['RedriveRequest']>

/** Durable reading: subscriptions, and the leases of their events. */
export function subscriptionsRouter(context: RouteContext): Router {
  const { on, authenticated, subscriptions, contracts, quotas, config } = context
  const { administration, receiving, settling, seeking, redriving, progressOf } = subscriptions
  const reads = jsonBodyReader(config)

  const allowed = async (req: Request, name: string): Promise<Subscription> => {
    const subscription = await administration.get(name)
    assertMayRead(principalOf(req), subscription.topics)
    return subscription
  }

  const assertPermitted = (principal: Principal, topics: readonly string[]) =>
    topics.map((topic) => contracts.get(topic)).forEach(readingPermit(principal))

  const listSubscriptions: Operation<'listSubscriptions'> = async ({ req }, res) => {
    const { scopes } = principalOf(req)
    const visible = (await administration.list()).filter(
      ({ name, topics }) => mayDo(scopes, 'subscribe', name) && topics.every((topic) => mayDo(scopes, 'read', topic)),
    )
    answerJson(res, 200, { subscriptions: visible.map(shown) })
  }

  const putSubscription: Operation<'putSubscription'> = async ({ params: { name }, body, req }, res) => {
    const principal = principalOf(req)
    const settings = settingsOf((body as JsonBody).value as unknown as SubscriptionRequest)
    assertMayRead(principal, settings.topics)
    const known = await administration.find(name)
    if (known) assertMayRead(principal, known.topics)
    assertPermitted(principal, settings.topics)
    if (settings.deadLetterTopic !== null) {
      assertMay(principal, ['publish'], settings.deadLetterTopic)
      publishingPermit(principal)(contracts.get(settings.deadLetterTopic))
      assertUnmasked(principal, settings.topics, contracts, 'What is rejected is written as it is')
    }
    const { subscription, isNew } = await administration.put(name, settings, askerOf(req, res))
    if (isNew) res.setHeader('location', `/v1/subscriptions/${name}`)
    answerJson(res, isNew ? 201 : 200, shown(subscription))
  }

  const getSubscription: Operation<'getSubscription'> = async ({ params, req }, res) => {
    const subscription = await allowed(req, params.name)
    const { lag, oldest, leased, owners } = await progressOf(subscription)
    const state: Schemas['SubscriptionState'] = {
      settings: shown(subscription),
      lag: { events: lag, seconds: oldest === null ? null : Math.max(0, Date.now() - oldest) / 1000 },
      inFlight: leased,
      oldestUnacknowledged: oldest === null ? null : formatTime(oldest),
      owners: owners.map(({ replica, partitions }) => ({ replica, partitions: [...partitions] })),
    }
    answerJson(res, 200, state)
  }

  const deleteSubscription: Operation<'deleteSubscription'> = async ({ params, req }, res) => {
    await allowed(req, params.name)
    await administration.delete(params.name, askerOf(req, res))
    res.status(204).end()
  }

  const receiveEvents: Operation<'receiveEvents'> = async ({ params, query, headers, req }, res) => {
    const { max = 100, wait = 0, longs = 'number' } = query
    const { readWaitSeconds } = config.limits
    if (wait > readWaitSeconds)
      throw requestError('query', 'wait', `is at most ${readWaitSeconds} (limits.readWaitSeconds)`)
    const subscription = await allowed(req, params.name)
    const principal = principalOf(req)
    assertPermitted(principal, subscription.topics)
    quotas.beginRead(principal)
    const gone = new AbortController()
    res.on('close', () => gone.abort())
    const key = headers['Idempotency-Key']
    const wish = {
      max,
      waitMs: wait * 1000,
      // Nobody is given what somebody else receives, by using his key.
      receiveKey: key === undefined ? null : JSON.stringify([callerOf(principal), key]),
      unmasked: [...unmaskingScopes(principal, subscription.topics, contracts)],
      longs,
    }
    const received = await receiving.receive(subscription, wish, gone.signal)
    // It may have waited long.
    assertPermitted(principal, subscription.topics)
    const text = JSON.stringify(received)
    spendRead(quotas, { req, res }, received.events.length, text)
    answerText(res, 200, 'application/json', text)
  }

  const settle = async (req: Request, res: Response, name: string, tokens: string[], settlement: Settlement) => {
    const subscription = await allowed(req, name)
    if (settlement.action === 'reject' && subscription.deadLetterTopic === null) {
      throw new GatewayError('dead-letters-missing', `The subscription "${name}" has no \`deadLetterTopic\`.`)
    }
    const results = await settling.settle(subscription, tokens, settlement)
    answerJson(res, results.some(({ result }) => result === 'unavailable') ? 207 : 200, { results })
  }

  const acknowledgeEvents: Operation<'acknowledgeEvents'> = async ({ params, body, req }, res) => {
    const { tokens } = bodyOf<Schemas['LeaseTokens']>(body)
    await settle(req, res, params.name, tokens, { action: 'acknowledge' })
  }

  const releaseEvents: Operation<'releaseEvents'> = async ({ params, body, req }, res) => {
    const { tokens, delaySeconds = 0 } = bodyOf<Schemas['LeaseRelease']>(body)
    await settle(req, res, params.name, tokens, { action: 'release', delayMs: delaySeconds * 1000 })
  }

  const rejectEvents: Operation<'rejectEvents'> = async ({ params, body, req }, res) => {
    const { tokens, reason = null } = bodyOf<Schemas['LeaseRejection']>(body)
    await settle(req, res, params.name, tokens, { action: 'reject', reason, by: principalOf(req).id })
  }

  const renewLeases: Operation<'renewLeases'> = async ({ params, body, req }, res) => {
    const { tokens, leaseSeconds } = bodyOf<Schemas['LeaseRenewal']>(body)
    const seconds = leaseSeconds ?? (await administration.get(params.name)).leaseSeconds
    await settle(req, res, params.name, tokens, { action: 'renew', leaseMs: seconds * 1000 })
  }

  const seekSubscription: Operation<'seekSubscription'> = async ({ params, body, req }, res) => {
    const target = bodyOf<SeekTarget>(body)
    if ('to' in target) parseBodyPart('/to', () => parseStartPosition(target.to))
    const subscription = await allowed(req, params.name)
    await seeking.seek(subscription, target, auditedRequest(req, res))
    res.status(204).end()
  }

  const redriveLetters: Operation<'redriveLetters'> = async ({ params, body, req }, res) => {
    const wish = redriveWishOf(bodyOf<RedriveRequest>(body))
    const subscription = await allowed(req, params.name)
    answerJson(res, 200, await redriving.redrive(subscription, wish, auditedRequest(req, res)))
  }

  const guards = [authenticated, requireScope('subscribe')]
  const path = '/v1/subscriptions/:name'
  return Router(strict)
    .get(
      '/v1/subscriptions',
      on('listSubscriptions', { guards: [authenticated, requireAction('subscribe')] }, listSubscriptions),
    )
    .put(path, on('putSubscription', { guards, reads }, putSubscription))
    .get(path, on('getSubscription', { guards }, getSubscription))
    .delete(path, on('deleteSubscription', { guards }, deleteSubscription))
    .post(`${path}/receive`, on('receiveEvents', { guards }, receiveEvents))
    .post(`${path}/acknowledge`, on('acknowledgeEvents', { guards, reads }, acknowledgeEvents))
    .post(`${path}/release`, on('releaseEvents', { guards, reads }, releaseEvents))
    .post(`${path}/reject`, on('rejectEvents', { guards, reads }, rejectEvents))
    .post(`${path}/renew`, on('renewLeases', { guards, reads }, renewLeases))
    .post(`${path}/redrive`, on('redriveLetters', { guards, reads }, redriveLetters))
    .post(`${path}/seek`, on('seekSubscription', { guards, reads }, seekSubscription))
}

const bodyOf = <Body>(body: JsonBody | null): Body => (body as JsonBody).value as unknown as Body

const askerOf = (req: Request, res: Response) => ({ by: principalOf(req).id, request: auditedRequest(req, res) })

function assertMayRead(principal: Principal, topics: readonly string[]): void {
  for (const topic of topics) assertMay(principal, ['read'], topic)
}

function settingsOf(request: SubscriptionRequest): SubscriptionSettings {
  const { topics, from = 'latest', filter = null, deadLetterTopic = null } = request
  const { leaseSeconds = 30, maxDeliveries = 10, orderedByKey = false } = request
  parseBodyPart('/from', () => parseStartPosition(from))
  if (filter !== null) parseBodyPart('/filter', () => parseFilter(filter))
  if (deadLetterTopic !== null && topics.includes(deadLetterTopic)) {
    throw requestError('body', '/deadLetterTopic', 'must not be one of the topics')
  }
  return { topics, from, filter, deadLetterTopic, leaseSeconds, maxDeliveries, orderedByKey }
}

function redriveWishOf(request: RedriveRequest): RedriveWish {
  const { letters, max = 1_000, since, until, ...choice } = request
  if (letters) return { letters }
  return {
    ...choice,
    max,
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  }
}

/** What is a parameter elsewhere is a member here. */
function parseBodyPart(pointer: string, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw new GatewayError('invalid-body', error.message, {
      members: { faults: [{ in: 'body', pointer, message: error.message }] },
    })
  }
}

function shown({ starts: _starts, createdAt, ...settings }: Subscription): Schemas['Subscription'] {
  return { ...settings, createdAt: formatTime(createdAt) }
}
