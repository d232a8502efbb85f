import type { TestContext } from 'node:test'
import { type GatewayOptions, gatewayFor, type TestGateway, uniqueName } from './gateway.ts'
import { createTopic } from './kafka.ts'
import { maskingSecret } from './masked.ts'

/** A topic whose contract masks, and a gateway that has the contract. */
export async function maskedTopic(
  t: TestContext,
  contract: string,
  options: GatewayOptions = {},
): Promise<{ topic: string; gateway: TestGateway }> {
  const topic = uniqueName('masked')
  await createTopic(t, { name: topic })
  const env = { HEADGATE_SECRETS_MASKING: maskingSecret, ...options.env }
  const gateway = await gatewayFor(t, { ...options, env, contracts: [`topic: ${topic}\n${contract}`] })
  return { topic, gateway }
}
