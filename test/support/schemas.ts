import { sharedParts } from './parts.ts'

/** Registers an Avro schema; answers its id. */
export async function registerSchema(
  subject: string,
  schema: unknown,
  registry = sharedParts().registry.url,
): Promise<number> {
  const response = await fetch(`${registry}/subjects/${encodeURIComponent(subject)}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!response.ok) throw new Error(`the registry answered ${response.status}: ${await response.text()}`)
  return ((await response.json()) as { id: number }).id
}

export const orderSchema = {
  type: 'record',
  name: 'Order',
  namespace: 'org.example.shop',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
    { name: 'qty', type: 'int', default: 1 },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}
