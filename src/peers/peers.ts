import { Agent, request } from 'undici'
import { GatewayError } from '../errors/gateway-error.ts'
import type { JsonValue } from '../json/json-value.ts'
import { parseJson } from '../json/parse-json.ts'
import type { Logger } from '../observability/logger.ts'
import type { PeerMeter } from '../observability/subscription-metrics.ts'
import { isLoopback } from './advertised-address.ts'
import { problemCarried } from './carried-problem.ts'
import type { Peer } from './peer-names.ts'
import type { PeerSigner } from './peer-signer.ts'

export interface PeersParts {
  signer: PeerSigner
  log: Logger
  meter?: PeerMeter
  /** Most calls under way; past it `gateway-full`. */
  mostCalls?: number
}

export interface PeerCall {
  path: string
  /** Becomes JSON. */
  body: unknown
  timeoutMs: number
  signal?: AbortSignal
}

const connectLimitMs = 5_000
// Shorter than the other side keeps them, which would otherwise close one just as it is used.
const keepAliveMs = 30_000
const mostAnswerBytes = 64 * 1024 * 1024
const jsonDepth = 1_000
const quietMs = 30_000

/** What a replica answered: parsed only where somebody looks into it. */
export class PeerAnswer {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Numbers keep all their digits. */
  json(): JsonValue {
    return parseJson(this.bytes, jsonDepth)
  }
}

/** Calls other replicas. A connection is for one call at a time, so that none waits behind a long poll, and is kept for the next. */
export class Peers implements AsyncDisposable {
  readonly #signer: PeerSigner
  readonly #log: Logger
  readonly #meter: PeerMeter | undefined
  readonly #mostCalls: number
  readonly #agent = new Agent({
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    maxResponseSize: mostAnswerBytes,
    connect: { timeout: connectLimitMs },
  })
  readonly #loggedAt = new Map<string, number>()
  #calls = 0

  constructor({ signer, log, meter, mostCalls = 4_096 }: PeersParts) {
    this.#signer = signer
    this.#log = log
    this.#meter = meter
    this.#mostCalls = mostCalls
  }

  get calls(): number {
    return this.#calls
  }

  /**
   * Rejects with the GatewayError that the other side threw; with `replica-unavailable` where it cannot be reached, is
   * somebody else or does not answer in time, and may have done it nevertheless; or with the reason of the signal, which then
   * aborts the handler's too.
   */
  async call(peer: Peer, { path, body, timeoutMs, signal }: PeerCall): Promise<PeerAnswer> {
    signal?.throwIfAborted()
    if (this.#calls >= this.#mostCalls) throw new GatewayError('gateway-full', 'Too many calls to other replicas wait.')
    const over = new AbortController()
    const abort = () => over.abort()
    const timer = setTimeout(abort, timeoutMs)
    signal?.addEventListener('abort', abort)
    this.#calls += 1
    const startedAt = performance.now()
    const note = (result: 'answered' | 'failed') =>
      this.#meter?.called(path, result, (performance.now() - startedAt) / 1000)
    try {
      const answer = await this.#ask(peer, path, Buffer.from(JSON.stringify(body)), over.signal)
      note('answered')
      return answer
    } catch (error) {
      note('failed')
      signal?.throwIfAborted()
      if (error instanceof GatewayError) throw error
      throw this.#unavailable(peer, over.signal.aborted ? 'no answer in time' : causeOf(error))
    } finally {
      this.#calls -= 1
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  async #ask({ address, instance }: Peer, path: string, body: Buffer, signal: AbortSignal): Promise<PeerAnswer> {
    const { text, nonce } = this.#signer.signRequest(instance, path, body)
    const headers = { authorization: `Headgate ${text}`, 'content-type': 'application/json' }
    const url = `http://${address}${path}`
    const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: this.#agent })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    const signature = String(answer.headers['headgate-answer'] ?? '')
    // Its address may have passed on to somebody else.
    if (!this.#signer.isAnswer(signature, nonce, answer.statusCode, bytes)) throw new Error('the answer is not signed')
    if (answer.statusCode !== 200) throw problemCarried(parseJson(bytes, jsonDepth))
    return new PeerAnswer(bytes)
  }

  #unavailable({ address }: Peer, cause: string): GatewayError {
    const hint = isLoopback(address)
      ? ' It can be called on its own machine only: with several machines, set `internal.host` on every replica.'
      : ''
    const now = Date.now()
    if (now - (this.#loggedAt.get(address) ?? 0) >= quietMs) {
      if (this.#loggedAt.size > 1_000) this.#loggedAt.clear()
      this.#loggedAt.set(address, now)
      this.#log.warn({ peer: address, cause }, `Another replica cannot be called.${hint}`)
    }
    const detail = `Another replica of the gateway, which has what was asked for, cannot be called.${hint}`
    return new GatewayError('replica-unavailable', detail, { retryAfterSeconds: 1, cause })
  }
}

function causeOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}
