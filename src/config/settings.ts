import { z } from 'zod'
import { expectedOf, unwrapped } from '../yaml/expected.ts'
import { configSchema } from './config.ts'
import { secretsSchema } from './sections/secrets.ts'

/** One leaf of the configuration's tree. */
export interface Setting {
  path: readonly string[]
  /** The environment variable that sets it: derived from the path, never chosen. */
  env: string
  schema: z.ZodType
  expected: string
  description: string
  /** Absent where there is none; then the setting is required unless `isOptional`. */
  fallback?: unknown
  isOptional: boolean
}

/** Every setting that has a variable of its own: all but open mappings and lists of mappings. */
export const settings: readonly Setting[] = leavesOf(configSchema, [])
export const secretSettings: readonly Setting[] = leavesOf(secretsSchema, ['secrets'])

/** `http.keepAliveTimeoutMs` → `HEADGATE_HTTP_KEEP_ALIVE_TIMEOUT_MS`; a `-` is as a `.`. */
export function variableOf(path: readonly PropertyKey[]): string {
  const words = path.map((name) => String(name).replace(/[A-Z]/g, (letter) => `_${letter}`))
  return ['HEADGATE', ...words].join('_').replaceAll('-', '_').toUpperCase()
}

function leavesOf(schema: z.ZodType, path: readonly string[]): Setting[] {
  const bare = unwrapped(schema)
  if (bare instanceof z.ZodObject) {
    return Object.entries(bare.shape).flatMap(([name, member]) => leavesOf(member as z.ZodType, [...path, name]))
  }
  if (bare instanceof z.ZodRecord) return []
  if (bare instanceof z.ZodArray && bare.element instanceof z.ZodObject) return []
  const setting = {
    path,
    env: variableOf(path),
    schema: bare,
    expected: expectedOf(bare),
    description: schema.description ?? '',
    isOptional: schema instanceof z.ZodOptional,
  }
  return [schema instanceof z.ZodDefault ? { ...setting, fallback: schema.def.defaultValue } : setting]
}
