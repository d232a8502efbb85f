import { readFileSync } from 'node:fs'
import { type LoadedConfig, loadConfig } from './config/load-config.ts'
import type { Gateway } from './gateway.ts'
import { createLogger, type Logger } from './observability/logger.ts'
import { startFailure } from './start-failure.ts'

const stopping = Promise.withResolvers<NodeJS.Signals>()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopping.resolve)

const loaded = await orExit(async () => loadConfig(process.env, (path) => readFileSync(path, 'utf8')))
const log = createLogger(loaded.config.log)
const gateway = await orExit(() => start(loaded, log))

log.info({ signal: await stopping.promise }, 'Stopping')
setTimeout(() => {
  log.error('The stop took too long')
  process.exit(1)
}, loaded.config.stop.limitMs).unref()
await gateway[Symbol.asyncDispose]()
log.info('Stopped')
process.exit(0)

// Imported late, so that a native client that does not load can be told in words.
async function start(...from: [LoadedConfig, Logger]): Promise<Gateway> {
  const { Gateway } = await import('./gateway.ts')
  return Gateway.start(...from)
}

async function orExit<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    process.stderr.write(`${startFailure(error) ?? `The gateway could not start: ${(error as Error).stack}`}\n`)
    process.exit(1)
  }
}
