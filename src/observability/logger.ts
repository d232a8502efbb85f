import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from '../config/config.ts'
import { withoutCredentials } from '../errors/credentials.ts'
import { formatTime } from '../json/time.ts'

export type { Logger }

const redacted = ['authorization', 'password', 'secret', 'token', 'cookie']

// A system call for each line would cost as much as the rest of a request. What is lost with a killed process are the
// lines of its last tenth of a second; what nobody reads is dropped before it fills the memory.
const buffered = { dest: 1, sync: false, minLength: 8 * 1024, periodicFlush: 100, maxLength: 32 * 1024 * 1024 }

/** The process's logger. Names that carry secrets are redacted wherever they stand one or two levels deep, and credentials wherever they stand. */
export function createLogger(config: Config['log'], destination?: DestinationStream): Logger {
  const options = {
    level: config.level,
    base: null,
    timestamp: () => `,"time":"${formatTime(Date.now())}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    hooks: { streamWrite: withoutCredentials },
  }
  return pino(options, destination ?? pino.destination(buffered))
}
