import { type Logger, pino } from 'pino'

export interface LogLine {
  level: string
  msg: string
  [member: string]: unknown
}

export interface CapturedLog {
  log: Logger
  lines: LogLine[]
}

/** A logger, and the lines that it was given. */
export function capturedLog(): CapturedLog {
  const lines: LogLine[] = []
  const formatters = { level: (label: string) => ({ level: label }) }
  const log = pino({ base: null, formatters }, { write: (text: string) => void lines.push(JSON.parse(text)) })
  return { log, lines }
}
