import { assertMay, principalOfToken } from '../../auth/guard.ts'
import type { Principal, TokenPrincipal } from '../../auth/principal.ts'
import { mayDo } from '../../auth/scope.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import { problemBody } from '../../errors/problem-body.ts'
import type { JsonValue } from '../../json/json-value.ts'
import { PublishRoom } from '../../publishing/publish-room.ts'
import { ReaderTopics } from '../../streams/reader-topics.ts'
import type { StreamReader } from '../../streams/stream-reader.ts'
import { type Envelope, envelopeEvent } from '../event-input.ts'
import { asGatewayError } from '../problem-handler.ts'
import type { RouteContext } from '../route-context.ts'
import { assertMayRead, streamCredentials, streamStart } from '../stream-start.ts'
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
  'streams' | 'publisher' | 'cursors' | 'tokens' | 'isTrusted' | 'checkCommand' | 'config' | 'log'
>

export interface CommandParts {
  context: CommandContext
  principal: Principal
  reader: StreamReader
  requestId: string
  reply: (reply: object) => void
}

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
      await this.#carryOut(command, idOf(value), message.length)
    } catch (error) {
      this.#refuse(error, idOf(value), command?.name)
    }
  }

  /** Every event that was taken has its outcome, and that was told. */
  settled(): Promise<void> {
    return this.#published.isEmpty()
  }

  #carryOut({ name, content }: Command, id: CommandId, bytes: number): Promise<void> | void {
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
        return this.#publish(content, id, bytes)
    }
  }

  async #subscribe(
    { topics, cursor, from }: CommandContent<'subscribe'>,
    tell: Parameters<ReaderTopics['add']>[1],
  ): Promise<void> {
    const start = streamStart({ topics, cursor, from }, this.#parts.context.cursors)
    assertMayRead(this.#principal, start)
    await this.#topics.add(start, tell)
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
    const left = this.#topics.names.filter((topic) => !mayDo(principal.scopes, 'read', topic))
    const tell = () => this.#reply(id, { authenticated: { expiresAt, left } })
    if (left.length > 0) this.#topics.remove(left, tell)
    else tell()
  }

  /** Until the event is on its way, so that the next one comes after it. */
  async #publish({ topic, event }: CommandContent<'publish'>, id: CommandId, bytes: number): Promise<void> {
    assertMay(this.#principal, ['publish'], topic)
    const input = envelopeEvent(event as unknown as Envelope, '/publish/event')
    await this.#published.hasRoom()
    const { leave } = this.#published.enter(bytes)
    const sent = Promise.withResolvers<void>()
    const publishing = this.#parts.context.publisher
      .publish(topic, [input], { requestBytes: bytes, onSent: sent.resolve })
      .then(({ outcomes: [outcome] }) => this.#reply(id, { outcome }))
      .catch((error) => this.#refuse(error, id, 'publish'))
      .finally(leave)
    await Promise.race([sent.promise, publishing])
  }

  #reply(id: CommandId, content: object): void {
    this.#parts.reply(id === undefined ? content : { id, ...content })
  }

  #refuse(thrown: unknown, id: CommandId, name: Command['name'] | undefined): void {
    const { context, requestId } = this.#parts
    const error = asGatewayError(thrown)
    if (error.code === 'internal') context.log.error({ requestId, err: thrown }, 'A command failed')
    this.#reply(id, { problem: problemBody(errorOfCommand(error, name), '/v1/stream', requestId) })
  }
}

const isSame = (a: TokenPrincipal, b: Principal): boolean => 'issuer' in b && a.id === b.id && a.issuer === b.issuer
