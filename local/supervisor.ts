import { serveExamples } from './examples.ts'
import { gatewayUrl } from './gateway.ts'
import { LocalError } from './local-error.ts'
import { prepareDemo, provideLocalParts, seedMarkerFile, startBackingParts, startLocalGateway } from './local-parts.ts'
import { requestLocalToken } from './local-token.ts'
import { dataDirectory, logDirectory } from './paths.ts'
import { type LocalPorts, portsFromEnvironment, requireFreePorts } from './ports.ts'
import { say, withProgress } from './progress.ts'
import { RunRecord, stopLeftovers } from './run-state.ts'
import { demoTopic, seedDemo } from './seed.ts'

/**
 * Starts everything, calls `onReady`, and stays until SIGINT or SIGTERM, or until a part ends by itself, which is
 * thrown. Whatever was started is stopped, last first, before it returns or throws.
 */
export async function supervise(onReady: (ports: LocalPorts) => Promise<void>): Promise<void> {
  const ports = portsFromEnvironment(process.env)
  await cleanUp()
  await requireFreePorts(ports)
  const stop = new AbortController()
  const onSignal = (): void => {
    if (!stop.signal.aborted) say('Stopping …')
    stop.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  try {
    await provideLocalParts(stop.signal)
    await runParts(ports, stop.signal, onReady)
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
  say('Stopped.')
}

async function runParts(
  ports: LocalPorts,
  signal: AbortSignal,
  onReady: (ports: LocalPorts) => Promise<void>,
): Promise<void> {
  const record = openRecord(ports)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => record[Symbol.dispose]())
  const onSpawn = (name: string, pid: number): void => record.add(name, pid)

  const backing = await withProgress('Starting Kafka, the schema registry and the OAuth issuer', () =>
    startBackingParts(stack, { ports, dataDirectory, logDirectory, signal, onSpawn }),
  )
  const isTopicNew = await prepareDemo(ports)
  const gateway = stack.use(
    await withProgress('Starting the gateway', () =>
      startLocalGateway(ports, { signal, onSpawn: (pid) => onSpawn('gateway', pid) }),
    ),
  )
  await seed(ports, isTopicNew, signal)
  stack.use(await serveExamples({ port: ports.examples, gateway: gatewayUrl(ports.gateway), topic: demoTopic }))
  record.markReady()
  await onReady(ports)

  const stopped = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
  const parts = [...Object.values(backing), gateway]
  const loss = signal.aborted ? undefined : await Promise.race([stopped, ...parts.map(({ lost }) => lost)])
  if (loss) throw loss
}

async function seed(ports: LocalPorts, isTopicNew: boolean, signal: AbortSignal): Promise<void> {
  const token = await requestLocalToken(ports, ['publish:earthquakes', 'read:earthquakes'])
  const options = { gateway: gatewayUrl(ports.gateway), token, markerFile: seedMarkerFile, isTopicNew, signal }
  const published = await seedDemo(options)
  if (published > 0) say(`Published ${published} earthquakes through the gateway.`)
}

async function cleanUp(): Promise<void> {
  const leftovers = await stopLeftovers()
  if (leftovers.length > 0) say(`Stopped what an earlier run had left: ${leftovers.join(', ')}.`)
}

function openRecord(ports: LocalPorts): RunRecord {
  try {
    return RunRecord.open(ports)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw new LocalError('Headgate is being started by another ./headgate up.', { cause: error })
  }
}
