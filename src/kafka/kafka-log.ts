import type { Logger } from '../observability/logger.ts'
import type { LibrdKafkaError } from './native-client.ts'

interface ClientLogLine {
  severity: number
  fac: string
  message: string
}

interface LoggingClient {
  on(event: 'event.log', listener: (line: ClientLogLine) => void): unknown
  on(event: 'event.error', listener: (error: LibrdKafkaError) => void): unknown
}

const quietMs = 30_000

/** Brings a client's own log to ours: of each kind of line one in 30 s, because a broker that is away gives 20 a second. */
export class KafkaLog {
  readonly #log: Logger
  readonly #now: () => number
  readonly #kinds = new Map<string, { loggedAt: number; suppressed: number }>()

  constructor(log: Logger, now: () => number = Date.now) {
    this.#log = log
    this.#now = now
  }

  follow(client: object, name: string): void {
    const source = client as LoggingClient
    source.on('event.log', ({ severity, fac, message }) => {
      this.#write(
        severity <= 3 ? 'error' : severity === 4 ? 'warn' : severity <= 6 ? 'info' : 'debug',
        name,
        fac,
        message,
      )
    })
    source.on('event.error', ({ message }) => this.#write('warn', name, message, message))
  }

  #write(level: 'error' | 'warn' | 'info' | 'debug', client: string, kind: string, message: string): void {
    const key = `${client} ${level} ${kind}`
    const now = this.#now()
    const last = this.#kinds.get(key)
    if (last && now - last.loggedAt < quietMs) {
      last.suppressed += 1
      return
    }
    this.#kinds.set(key, { loggedAt: now, suppressed: 0 })
    this.#log[level]({ client, ...(last?.suppressed ? { suppressed: last.suppressed } : {}) }, message)
  }
}
