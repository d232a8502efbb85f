import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startKafka } from '../../local/kafka.ts'
import type { describeBackingParts } from '../../local/local-parts.ts'
import { findFreePorts } from '../../local/ports.ts'
import { registryUrl, startRegistry } from '../../local/registry.ts'
import type { RunningPart } from '../../local/running-part.ts'

export type SharedParts = ReturnType<typeof describeBackingParts>

export const partsVariable = 'HEADGATE_TEST_PARTS'

/** The Kafka, registry and issuer that this run of the tests shares. Nobody may stop or pause them. */
export function sharedParts(): SharedParts {
  const text = process.env[partsVariable]
  if (!text) throw new Error(`${partsVariable} is not set. Run tests with: ./headgate test FILE…`)
  return JSON.parse(text) as SharedParts
}

/** A part for one test file, which may pause, kill and restart it. Disposing it removes its data too. */
export type OwnPart<Address> = Address & { part: RunningPart } & AsyncDisposable

export function startOwnKafka(): Promise<OwnPart<{ bootstrap: string }>> {
  return startOwn(async (folder) => {
    const [port, controllerPort] = await findFreePorts(2)
    if (port === undefined || controllerPort === undefined) throw new Error('no ports were found')
    const logFile = join(folder, 'kafka.log')
    const part = await startKafka({ port, controllerPort, dataDirectory: join(folder, 'kafka'), logFile })
    return { part, bootstrap: `127.0.0.1:${port}` }
  })
}

/** A Kafka with a second address, at which users have a name, a password, and what they were given. */
export function startGuardedKafka(
  passwords: Readonly<Record<string, string>>,
): Promise<OwnPart<{ bootstrap: string; guarded: string }>> {
  return startOwn(async (folder) => {
    const [port = 0, controllerPort = 0, guardedPort = 0] = await findFreePorts(3)
    const guarded = { port: guardedPort, passwords }
    const logFile = join(folder, 'kafka.log')
    const part = await startKafka({ port, controllerPort, guarded, dataDirectory: join(folder, 'kafka'), logFile })
    return { part, bootstrap: `127.0.0.1:${port}`, guarded: `127.0.0.1:${guardedPort}` }
  })
}

export function startOwnRegistry(): Promise<OwnPart<{ url: string }>> {
  return startOwn(async (folder) => {
    const [port] = await findFreePorts(1)
    if (port === undefined) throw new Error('no port was found')
    const logFile = join(folder, 'registry.log')
    const part = await startRegistry({ port, dataDirectory: join(folder, 'registry'), logFile })
    return { part, url: registryUrl(port) }
  })
}

async function startOwn<T extends { part: RunningPart }>(
  start: (folder: string) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-test-'))
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const started = await start(folder)
    return {
      ...started,
      async [Symbol.asyncDispose]() {
        await started.part[Symbol.asyncDispose]()
        removeFolder()
      },
    }
  } catch (error) {
    removeFolder()
    throw error
  }
}
