import { z } from 'zod'
import { compileAvro } from '../avro/compile-avro.ts'
import { SchemaError } from '../avro/schema-error.ts'
import { referencedSchemas } from '../referenced-schemas.ts'
import { type SubjectVersion, subjectVersion } from '../registry-client.ts'
import { isSameSchema } from './same-schema.ts'
import { SchemaBundle } from './schema-bundle.ts'

const bundleFile = z.strictObject({
  /** Of this form of the file. */
  headgateSchemaBundle: z.literal(1),
  schemas: z.array(subjectVersion.strict()),
})

/** Why a bundle cannot be used: everything that is wrong with it. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

export function writeBundle(schemas: readonly SubjectVersion[]): string {
  return `${JSON.stringify({ headgateSchemaBundle: 1, schemas }, null, 2)}\n`
}

/** Rejects with a BundleError. */
export async function readBundle(text: string): Promise<SchemaBundle> {
  const read = bundleFile.safeParse(jsonOf(text))
  if (!read.success) throw new BundleError(read.error.issues.map(faultOf))
  const bundle = new SchemaBundle(read.data.schemas)
  const unusable = await Promise.all(bundle.schemas.map((each) => unusableFault(each, bundle)))
  const faults = [...contradictions(bundle.schemas), ...unusable.filter((fault) => fault !== undefined)]
  if (faults.length > 0) throw new BundleError(faults)
  return bundle
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BundleError(['it is not JSON'])
  }
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

const nameOf = ({ subject, version }: SubjectVersion): string => `version ${version} of "${subject}"`

function contradictions(schemas: readonly SubjectVersion[]): string[] {
  const faults: string[] = []
  const byName = new Map<string, SubjectVersion>()
  const byId = new Map<number, SubjectVersion>()
  for (const each of schemas) {
    if (byName.has(nameOf(each))) faults.push(`${nameOf(each)} is there twice`)
    byName.set(nameOf(each), each)
    const other = byId.get(each.id)
    if (other && !isSameSchema(other, each))
      faults.push(`id ${each.id} has different schemas: ${nameOf(other)}, and ${nameOf(each)}`)
    byId.set(each.id, each)
  }
  return faults
}

async function unusableFault(each: SubjectVersion, bundle: SchemaBundle): Promise<string | undefined> {
  if (each.schemaType !== 'AVRO') return undefined
  try {
    compileAvro(each.schema, await referencedSchemas(bundle, each))
    return undefined
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    return `${nameOf(each)} cannot be used: ${error.message}`
  }
}
