import type { Config } from '../../config/config.ts'
import { shortened } from '../../errors/shortened.ts'
import type { SchemaPart, SchemaPlace } from './schema-part.ts'

/** Which rules hold, and what they are given. */
export type Policy = Config['governance']
export type RuleOptions = Policy['options']
/** Stable: owners of schemas name them. */
export type RuleId = keyof Policy['rules']

/** What a rule has against a part of a schema. `message` and `fix` are sentences. */
export interface Found extends SchemaPlace {
  message: string
  fix: string
}

export interface Rule {
  /** The version of the policy that brought the rule as it is. */
  since: number
  /** Looks at one part. */
  check(part: SchemaPart, options: RuleOptions): readonly Found[]
}

export const nothing: readonly Found[] = []

/** At `segments` below the part. */
export function found({ pointer, path }: SchemaPlace, segments: string, message: string, fix: string): [Found] {
  return [{ pointer: pointer + segments, path, message, fix }]
}

const longestShown = 128

export const quoted = (text: string): string => `\`${shortened(text, longestShown)}\``
