import { readFileSync } from 'node:fs'
import { ConfigError } from './config/config-error.ts'
import { type LoadedConfig, loadConfig } from './config/load-config.ts'
import { ContractsError } from './contracts/contracts-error.ts'
import { Gateway } from './gateway.ts'
import { createLogger } from './observability/logger.ts'

function loadedConfig(): LoadedConfig {
  try {
    return loadConfig(process.env, (path) => readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

const loaded = loadedConfig()
const log = createLogger(loaded.config.log)

try {
  const gateway = await Gateway.start(loaded, log)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      log.info({ signal }, 'Stopping')
      setTimeout(() => {
        log.error('The stop took too long')
        process.exit(1)
      }, loaded.config.stop.limitMs).unref()
      await gateway[Symbol.asyncDispose]()
      log.info('Stopped')
      process.exit(0)
    })
  }
} catch (error) {
  if (error instanceof ContractsError) process.stderr.write(`${error.message}\n`)
  else log.fatal({ err: error }, 'The gateway could not start')
  process.exit(1)
}
