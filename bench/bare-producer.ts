import kafka from '@confluentinc/kafka-javascript'
import { configSchema } from '../src/config/config.ts'
import { type ClientSettings, clientSettings } from '../src/kafka/client-settings.ts'

interface Report {
  partition: number
  offset: number
  opaque: (written: Report | undefined) => void
}

export type BareProducer = Pick<kafka.Producer, 'produce'>

/** The gateway's own settings of its clients. */
export function bareSettings(bootstrap: string): ClientSettings {
  const config = configSchema.parse({
    kafka: { properties: { 'bootstrap.servers': bootstrap } },
    registry: { url: 'http://127.0.0.1:1' },
    auth: { issuer: 'http://127.0.0.1:1', audience: 'none' },
  })
  return clientSettings(config, {})
}

/** The native producer with the gateway's own settings. The opaque of a record is called with its report. */
export async function openBareProducer(bootstrap: string): Promise<BareProducer> {
  const settings = { ...bareSettings(bootstrap).producer, dr_cb: true }
  const producer = new kafka.Producer(settings as ConstructorParameters<typeof kafka.Producer>[0])
  const onReport = (error: unknown, report: Report) => report.opaque(error ? undefined : report)
  producer.on('delivery-report', onReport as unknown as Parameters<typeof producer.on<'delivery-report'>>[1])
  await new Promise<void>((resolve, reject) => producer.connect({}, (error) => (error ? reject(error) : resolve())))
  producer.setPollInBackground(true)
  return producer
}
