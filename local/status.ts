import { accepts, answers } from './answers.ts'
import { livePage } from './examples.ts'
import { gatewayUrl } from './gateway.ts'
import { issuerUrl } from './issuer.ts'
import { portsFromEnvironment } from './ports.ts'
import { registryUrl } from './registry.ts'
import { readLiveRunState } from './run-state.ts'

type PartState = 'up' | 'down'

export interface LocalStatus {
  state: 'up' | 'starting' | 'down'
  parts: {
    gateway: { url: string; state: PartState }
    kafka: { bootstrap: string; state: PartState }
    registry: { url: string; state: PartState }
    issuer: { url: string; state: PartState }
    examples: { url: string; state: PartState }
  }
}

export async function readStatus(): Promise<LocalStatus> {
  const running = readLiveRunState()
  const ports = running?.ports ?? portsFromEnvironment(process.env)
  const gateway = gatewayUrl(ports.gateway)
  const registry = registryUrl(ports.registry)
  const issuer = issuerUrl(ports.issuer)
  // Without a supervisor, whatever answers at these ports is none of ours.
  const check = async (probe: () => Promise<boolean>): Promise<PartState> =>
    running && (await probe()) ? 'up' : 'down'
  const examples = livePage(ports.examples)
  const [gatewayState, kafkaState, registryState, issuerState, examplesState] = await Promise.all([
    check(() => answers(`${gateway}/readyz`)),
    check(() => accepts(ports.kafka)),
    check(() => answers(`${registry}/subjects`)),
    check(() => answers(`${issuer}/.well-known/openid-configuration`)),
    check(() => answers(examples)),
  ])
  return {
    state: running ? (running.isReady ? 'up' : 'starting') : 'down',
    parts: {
      gateway: { url: gateway, state: gatewayState },
      kafka: { bootstrap: `127.0.0.1:${ports.kafka}`, state: kafkaState },
      registry: { url: registry, state: registryState },
      issuer: { url: issuer, state: issuerState },
      examples: { url: examples, state: examplesState },
    },
  }
}

export function statusTable({ state, parts }: LocalStatus): string {
  const rows = Object.entries(parts).map(([name, part]) => {
    const address = 'url' in part ? part.url : part.bootstrap
    return `  ${name.padEnd(10)}${part.state.padEnd(6)}${address}\n`
  })
  return `Headgate: ${state}\n${rows.join('')}`
}
