import { readFileSync } from 'node:fs'
import { governanceSchema } from '../../config/sections/governance.ts'
import type { Policy } from '../../schemas/governance/rule.ts'
import { explainIssue } from '../../yaml/explain-issue.ts'
import { readYaml } from '../../yaml/located-yaml.ts'
import { UsageError } from '../usage-error.ts'

const section = 'governance'

/**
 * The policy of the section `governance` of a YAML file, such as the gateway's own configuration; without a file, the one
 * that the gateway has by default. Throws a UsageError that names every fault with its line.
 */
export function readPolicy(file: string | undefined): Policy {
  if (file === undefined) return governanceSchema.parse({})
  const [document, second] = readYaml(textOf(file))
  if (second) throw new UsageError(`${file}: expected one YAML document, found several`)
  if (document && document.faults.length > 0) {
    throw new UsageError(document.faults.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'))
  }
  const tree = document?.value
  if (!document || typeof tree !== 'object' || tree === null || !(section in tree)) {
    throw new UsageError(`${file}: there is no section \`${section}\` at the top`)
  }
  const written = tree[section] ?? {}
  const parsed = governanceSchema.safeParse(written)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.flatMap((issue) => explainIssue(governanceSchema, written, issue))
  const lines = faults.map(({ path, message }) => {
    const place = [section, ...path]
    return `${file}:${document.lineOf(place)}: ${place.join('.')}: ${message}`
  })
  throw new UsageError(lines.join('\n'))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UsageError(`${file}: the file cannot be read (${reason})`)
  }
}
