import { livePage } from './examples.ts'
import { gatewayUrl } from './gateway.ts'
import { issuerUrl } from './issuer.ts'
import { requestLocalToken } from './local-token.ts'
import type { LocalPorts } from './ports.ts'
import { registryUrl } from './registry.ts'
import { command } from './verb-context.ts'

const event = {
  id: 'demo-1',
  properties: { mag: 4.2, place: '12km W of Example', time: '2026-03-01T09:30:00Z' },
  geometry: { coordinates: [6.1, 52.3, 8] },
}
const eventWithFaults = {
  id: 7,
  properties: { mag: 'strong', place: '12km W of Example', tiem: '2026-03-01T09:30:00Z' },
  geometry: { coordinates: [6.1, 'north', 8] },
}

/** What a person needs first: where everything is, a token, and lines to paste. */
export async function welcomeTable(ports: LocalPorts): Promise<string> {
  const gateway = gatewayUrl(ports.gateway)
  const events = `${gateway}/v1/topics/earthquakes/events`
  const authorization = `-H "Authorization: Bearer $(${command} token)"`
  const publish = (body: unknown): string =>
    `curl -sS ${events} ${authorization} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`
  const rows = [
    ['Gateway', gateway],
    ['API', `${gateway}/docs`],
    ['Kafka', `127.0.0.1:${ports.kafka}`],
    ['Registry', registryUrl(ports.registry)],
    ['Issuer', issuerUrl(ports.issuer)],
    ['Topic', 'earthquakes'],
    ['Live page', livePage(ports.examples)],
    ['Token', `${await requestLocalToken(ports)}`],
  ].map(([name, value]) => `  ${name?.padEnd(11)}${value}`)
  return [
    '',
    'Headgate is up.',
    '',
    ...rows,
    '',
    'Publish one event:',
    `  ${publish(event)}`,
    'Publish one with faults:',
    `  ${publish(eventWithFaults)}`,
    'Read the last ten of each partition:',
    `  curl -sS '${events}?from=-10' ${authorization}`,
    'Follow the topic from the last event of each partition on (Ctrl-C ends it):',
    `  curl -sN '${gateway}/v1/stream?topics=earthquakes&from=-1' ${authorization} -H 'Accept: application/x-ndjson'`,
    '',
  ].join('\n')
}
