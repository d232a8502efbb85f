import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import { BundleError, readBundle } from '../schemas/bundle/bundle-file.ts'
import type { SchemaBundle } from '../schemas/bundle/schema-bundle.ts'

const setting = 'registry.bundle'

/** Rejects with a ConfigError that has every fault of the file. */
export async function loadBundle(file: string): Promise<SchemaBundle> {
  try {
    return await readBundle(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof BundleError) throw new ConfigError(error.faults.map((message) => ({ setting, message })))
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new ConfigError([{ setting, message: `the file cannot be read (${code})` }])
  }
}
