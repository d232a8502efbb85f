import { z } from 'zod'
import { didYouMean } from '../errors/did-you-mean.ts'
import { expectedOf, schemaAt } from './expected.ts'

/** What is wrong at one place of a value, for the person who wrote it. */
export interface Explanation {
  path: PropertyKey[]
  message: string
  isMissing?: true
}

/** Says what zod found wrong with `value` in the words of {@link expectedOf}; each unknown key by itself. */
export function explainIssue(schema: z.ZodType, value: unknown, issue: z.core.$ZodIssue): Explanation[] {
  const at = schemaAt(schema, issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = at instanceof z.ZodObject ? Object.keys(at.shape) : []
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownName(key, known) }))
  }
  if (issue.code === 'invalid_key') {
    const key = issue.path.at(-1)
    const record = schemaAt(schema, issue.path.slice(0, -1))
    const expected = record instanceof z.ZodRecord ? expectedOf(record.keyType as z.ZodType) : 'another name'
    return [{ path: issue.path, message: `expected ${expected}, found ${foundText(key)}` }]
  }
  const found = valueAt(value, issue.path)
  const isExplained = issue.code === 'custom' && at?.meta()?.expected === undefined
  if (isExplained || !at) return [{ path: issue.path, message: issue.message }]
  if (found === undefined) return [{ path: issue.path, message: `is required: ${expectedOf(at)}`, isMissing: true }]
  return [{ path: issue.path, message: `expected ${expectedOf(at)}, found ${foundText(found)}` }]
}

export function unknownName(name: string, known: Iterable<string>): string {
  const meant = didYouMean(name, known)
  return meant === undefined ? 'is not known' : `is not known; did you mean \`${meant}\`?`
}

/** At most 40 characters of a value, without the credentials that a URL may carry. */
export function foundText(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/\/\/.*@/s, '//[redacted]@')
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}
