import { compileAvro } from '../../src/schemas/avro/compile-avro.ts'
import { numberSchema } from './reading.ts'
import { storedValues } from './stored-values.ts'

interface StoredNumberOptions {
  /** Of records with an `n`. */
  schema?: unknown
  bootstrap?: string
}

const prefixBytes = 5

/** The `n` of all events in partition 0, in order. */
export async function storedNumbers(
  topic: string,
  { schema = numberSchema, bootstrap }: StoredNumberOptions = {},
): Promise<number[]> {
  const codec = compileAvro(JSON.stringify(schema))
  const values = (await storedValues([topic], bootstrap)).get(topic) ?? []
  return values.map((value) => (codec.decode(value as Buffer, prefixBytes, { longs: 'number' }) as { n: number }).n)
}
