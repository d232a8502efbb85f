import { setTimeout as delay } from 'node:timers/promises'
import { assertMay, principalOfToken } from '../../auth/guard.ts'
import { callerOf, type Principal, type TokenPrincipal } from '../../auth/principal.ts'
import { mayDo } from '../../auth/scope.ts'
import type { Permit } from '../../contracts/rules.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import { problemBody } from '../../errors/problem-body.ts'
import type { JsonValue } from '../../json/json-value.ts'
import { PublishRoom } from '../../publishing/publish-room.ts'
import type { RefusalSource } from '../../publishing/refusal-keeping.ts'
import type { Pace } from '../../quotas/quotas.ts'
import { type OnChanged, ReaderTopics } from '../../streams/reader-topics.ts'
import type { StreamReader } from '../../streams/stream-reader.ts'
import { publishingPermit, readingPermit } from '../contract-permits.ts'
import { type Envelope, envelopeEvent } from '../event-input.ts'
import { memberText } from '../event-origin.ts'
import { asGatewayError } from '../problem-handler.ts'
import type { RouteContext } from '../route-context.ts'
import { assertMayRead, streamCredentials, streamStart } from '../stream-start.ts'
import { unmaskingScopes } from '../unmasking-scopes.ts'
import {
  type Command,
  type CommandContent,
  type CommandId,
  commandOf,
  errorOfCommand,
  idOf,
  parseCommand,
} from './command.ts'

export type CommandContext = Pick<
  RouteContext,
  | 'streams'
  | 'publisher'
  | 'quotas'
  | 'cursors'
  | 'contracts'
  | 'tokens'
  | 'isTrusted'
  | 'checkCommand'
  | 'config'
  | 'log'
>

export interface CommandParts {
  context: CommandContext
  principal: Principal
  reader: StreamReader
  requestId: string
  /** What is said of its events that are refused and kept. */
  source: () => RefusalSource
  reply: (reply: object) => void
  /** Called with whatever is not done. */
  onRefused: (error: unknown) => void
}

const longestPauseMs = 1_000

/** What the client of one WebSocket asks for. */
export class StreamCommands {
  readonly #parts: CommandParts
  readonly #topics: ReaderTopics
  readonly #published: PublishRoom
  #principal: Principal

  constructor(parts: CommandParts) {
    const { streams, config } = parts.context
    this.#parts = parts
    this.#principal = parts.principal
    this.#topics = new ReaderTopics(streams, parts.reader, config.stream.topics)
    this.#published = new PublishRoom({ events: config.publish.streamEvents, bytes: config.publish.streamBytes })
  }

  /** Settles when the next one may be handled. Never rejects. */
  async handle(message: Buffer): Promise<void> {
    const { checkCommand, config } = this.#parts.context
    let value: JsonValue = null
    let command: Command | undefined
    try {
      value = parseCommand(message, config.limits.jsonDepth)
      command = commandOf(value, checkCommand, message.length)
      await this.#carryOut(command, idOf(value), message)
    } catch (error) {
      this.#refuse(error, idOf(value), command?.name)
    }
  }

  /** Every event that was taken has its outcome, and that was told. */
  settled(): Promise<void> {
    return this.#published.isEmpty()
  }

  #carryOut({ name, content }: Command, id: CommandId, message: Buffer): Promise<void> | void {
    const tell = (subscriptions: object, cursor: string) => this.#reply(id, { subscriptions, cursor })
    switch (name) {
      case 'subscribe':
        return this.#subscribe(content, tell)
      case 'unsubscribe':
        return this.#topics.remove(content.topics, tell)
      case 'pause':
        return this.#topics.pause(content.topics, tell)
      case 'resume':
        return this.#topics.resume(content.topics, tell)
      case 'authenticate':
        return this.#authenticate(content.token, id)
      case 'publish':
        return this.#publish(content, id, message)
    }
  }

  async #subscribe({ topics, cursor, from }: CommandContent<'subscribe'>, tell: OnChanged): Promise<void> {
    const start = streamStart({ topics, cursor, from }, this.#parts.context.cursors)
    assertMayRead(this.#principal, start)
    const all = [...this.#topics.names, ...start.topics]
    const permit = readingPermit(this.#principal)
    await this.#topics.add({ ...start, permit }, this.#unmasked(all), tell)
  }

  async #authenticate(token: string, id: CommandId): Promise<void> {
    const { context, reader } = this.#parts
    const principal = await principalOfToken(context.tokens, token)
    if (!isSame(principal, this.#principal)) {
      throw new GatewayError('token-invalid', 'The access token was not accepted: it is of another principal.')
    }
    this.#principal = principal
    context.streams.renew(reader, streamCredentials(principal, context.isTrusted))
    const expiresAt = new Date(principal.expiresAt).toISOString()
    const isPermitted = this.#permitted(readingPermit(principal))
    const mayRead = (topic: string) => mayDo(principal.scopes, 'read', topic) && isPermitted(topic)
    const { names } = this.#topics
    const left = names.filter((topic) => !mayRead(topic))
    const tell = () => this.#reply(id, { authenticated: { expiresAt, left } })
    const unmasked = this.#unmasked(names)
    if (left.length === 0 && this.#topics.sees(unmasked)) tell()
    else this.#topics.keep(mayRead, unmasked, tell)
  }

  #permitted(permit: Permit): (topic: string) => boolean {
    return (topic) => {
      try {
        permit(this.#parts.context.contracts.get(topic))
        return true
      } catch {
        return false
      }
    }
  }

  #unmasked(topics: readonly string[]): ReadonlySet<string> {
    return unmaskingScopes(this.#principal, topics, this.#parts.context.contracts)
  }

  /** Until the event is on its way, so that the next one comes after it. */
  async #publish(
    { topic, event, schemaVersion }: CommandContent<'publish'>,
    id: CommandId,
    message: Buffer,
  ): Promise<void> {
    const bytes = message.length
    assertMay(this.#principal, ['publish'], topic)
    const input = envelopeEvent(event as unknown as Envelope, '/publish/event')
    await this.#published.hasRoom()
    const pace = this.#parts.context.quotas.pace(this.#principal, topic)
    if (!(await this.#inItsTime(pace))) return
    pace.spend(1, bytes)
    const { leave } = this.#published.enter(bytes)
    const sent = Promise.withResolvers<void>()
    const origin = { source: this.#parts.source, textOf: () => memberText(message, 'publish', 'event', 'value') }
    const caller = callerOf(this.#principal)
    const publishing = this.#parts.context.publisher
      .publish(topic, [input], {
        requestBytes: bytes,
        caller,
        permit: publishingPermit(this.#principal),
        origin,
        onSent: sent.resolve,
        ...(schemaVersion !== undefined && { schemaVersion }),
      })
      .then(({ outcomes: [outcome], deprecation }) => this.#reply(id, { outcome, ...(deprecation && { deprecation }) }))
      .catch((error) => this.#refuse(error, id, 'publish'))
      .finally(leave)
    await Promise.race([sent.promise, publishing])
  }

  /** Waits until the quota allows one more. False: the stream ends meanwhile. Throws `quota-exceeded` where that would take too long. */
  async #inItsTime(pace: Pace): Promise<boolean> {
    const { context, reader } = this.#parts
    for (let ms = pace.waitMs(); ms > 0; ms = pace.waitMs()) {
      const excess = pace.excess(context.config.http.bodyTimeoutMs)
      if (excess) throw excess
      await delay(Math.min(Math.ceil(ms), longestPauseMs))
      if (reader.state === 'closing' || reader.state === 'closed') return false
    }
    return true
  }

  #reply(id: CommandId, content: object): void {
    this.#parts.reply(id === undefined ? content : { id, ...content })
  }

  #refuse(thrown: unknown, id: CommandId, name: Command['name'] | undefined): void {
    const { context, requestId, onRefused } = this.#parts
    const error = asGatewayError(thrown)
    onRefused(error)
    if (error.code === 'internal') context.log.error({ requestId, err: thrown }, 'A command failed')
    this.#reply(id, { problem: problemBody(errorOfCommand(error, name), '/v1/stream', requestId) })
  }
}

const isSame = (a: TokenPrincipal, b: Principal): boolean => 'issuer' in b && a.id === b.id && a.issuer === b.issuer
