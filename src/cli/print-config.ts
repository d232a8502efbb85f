import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError } from '../config/config-error.ts'
import { type ShownSetting, shownConfig } from '../config/shown-config.ts'

class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Prints the configuration that a gateway started here would have. Exits 1 with every fault of one that is wrong. */
function run(args: string[]): number {
  try {
    const { values } = parseArgs({ args, options: { output: { type: 'string', short: 'o', default: 'text' } } })
    const form = forms[values.output]
    if (!form) throw new UsageError('the output is json or text')
    process.stdout.write(form(shownConfig(process.env, (path) => readFileSync(path, 'utf8'))))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError || isUsageError(error))) throw error
    process.stderr.write(`${error.message}\n`)
    return error instanceof ConfigError ? 1 : 2
  }
}

const forms: Record<string, (shown: readonly ShownSetting[]) => string> = {
  text(shown) {
    const rows = shown.map(({ name, value, origin }) => [name, textOf(value), origin] as const)
    const width = (column: 0 | 1) => Math.min(60, Math.max(...rows.map((row) => row[column].length)))
    const [names, values] = [width(0), width(1)]
    return rows.map(([name, value, origin]) => `${name.padEnd(names)}  ${value.padEnd(values)}  ${origin}\n`).join('')
  },
  json(shown) {
    const members = shown.map(({ name, value = null, origin }) => [name, { value, origin }])
    return `${JSON.stringify(Object.fromEntries(members), null, 2)}\n`
  },
}

function textOf(value: unknown): string {
  if (value === undefined) return 'not set'
  return Array.isArray(value) ? value.join(',') || 'none' : String(value)
}

const isUsageError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))

process.exitCode = run(process.argv.slice(2))
