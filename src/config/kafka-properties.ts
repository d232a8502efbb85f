import type { ConfigFault } from './config-error.ts'
import { fixedKafkaProperties } from './sections/kafka.ts'

const leastMessageTimeoutMs = 120_000

/** `SASL_PASSWORD` → `sasl.password`. librdkafka's names have no underscore in them. */
export const propertyOf = (variableRest: string): string => variableRest.toLowerCase().replaceAll('_', '.')

/** Properties of librdkafka that hold a secret itself; those that name a file of one are none. */
export const isSecretProperty = (name: string): boolean => /(^|\.)(password|passphrase|secret|key\.pem)$/.test(name)

/** What speaks against giving librdkafka this property. */
export function propertyFaults(setting: string, name: string, value: unknown): ConfigFault[] {
  const reason = Object.hasOwn(fixedKafkaProperties, name) ? fixedKafkaProperties[name] : undefined
  if (reason !== undefined) return [{ setting, message: `\`${name}\` cannot be set: ${reason}` }]
  if (['message.timeout.ms', 'delivery.timeout.ms'].includes(name) && !(Number(value) >= leastMessageTimeoutMs)) {
    const message = `expected ${leastMessageTimeoutMs} or more: a shorter one reports written events as failed; requests are limited by \`publish.deadlineMs\``
    return [{ setting, message }]
  }
  return []
}
