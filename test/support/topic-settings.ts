import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import { sharedParts } from './parts.ts'

/** What Kafka says of a topic's own and inherited settings. */
export async function topicSettings(
  resourceName: string,
  bootstrap = sharedParts().kafka.bootstrap,
): Promise<Map<string, string | null | undefined>> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [bootstrap] })
  try {
    const [found] = await admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName }],
    })
    return new Map(found?.configs.map(({ name, value }) => [name, value]))
  } finally {
    await admin.close()
  }
}
