import { parseArgs } from 'node:util'
import { createKey } from './api-key.ts'
import { down } from './down.ts'
import { LocalError, messageOf } from './local-error.ts'
import { logs } from './logs.ts'
import { say } from './progress.ts'
import { readStatus, statusTable } from './status.ts'
import { token } from './token.ts'
import { command } from './verb-context.ts'

class UsageError extends Error {
  override readonly name = 'UsageError'
}

const usage = {
  up: 'up [--detach]',
  down: 'down',
  logs: 'logs [PART] [-f]',
  status: 'status [-o json]',
  token: 'token [SCOPE…]',
  key: 'key create --scopes "SCOPE…" --description TEXT [--expires 90d] [--address NETWORK]… [--owner NAME] [--quota-class NAME]',
  supervise: 'supervise',
} as const

type Verb = keyof typeof usage

// Starting needs npm packages; the other verbs work without them.
const verbs: Record<Verb, (args: string[]) => Promise<void>> = {
  up: async (args) => {
    const { values } = parseArgs({ args, options: { detach: { type: 'boolean', short: 'd', default: false } } })
    const { up } = await import('./up.ts')
    await up(values)
  },
  down: async (args) => {
    parseArgs({ args })
    await down()
  },
  logs: async (args) => {
    const options = { follow: { type: 'boolean', short: 'f', default: false } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length > 1) throw new UsageError('one part at a time, or none for all')
    await logs(positionals[0], values)
  },
  status: async (args) => {
    const { values } = parseArgs({ args, options: { output: { type: 'string', short: 'o', default: 'text' } } })
    if (values.output !== 'json' && values.output !== 'text') throw new UsageError('the output is json or text')
    const status = await readStatus()
    process.stdout.write(values.output === 'json' ? `${JSON.stringify(status)}\n` : statusTable(status))
  },
  token: async (args) => {
    const { positionals } = parseArgs({ args, allowPositionals: true })
    await token(positionals)
  },
  key: async (args) => {
    const text = { type: 'string' } as const
    const { values, positionals } = parseArgs({
      args,
      options: {
        scopes: text,
        description: text,
        expires: text,
        address: { ...text, multiple: true },
        owner: text,
        'quota-class': text,
      },
      allowPositionals: true,
    })
    const { scopes, description, expires, address, owner, 'quota-class': quotaClass } = values
    if (positionals.join() !== 'create') throw new UsageError('key has one verb of its own: create')
    if (!scopes || !description) throw new UsageError('a key needs --scopes and --description')
    const lifetimeMs = expires === undefined ? undefined : durationMs(expires)
    await createKey({ scopes: scopes.split(/[ ,]+/), description, addresses: address, owner, quotaClass, lifetimeMs })
  },
  supervise: async (args) => {
    parseArgs({ args })
    const { supervise } = await import('./supervisor.ts')
    await supervise(async () => say('Ready.'))
  },
}

async function run(verb: string | undefined, args: string[]): Promise<number> {
  if (verb === undefined || !isVerb(verb)) {
    say(`unknown verb ${JSON.stringify(verb)}; see ${command} help`)
    return 2
  }
  try {
    await verbs[verb](args)
    return 0
  } catch (error) {
    if (isUsageError(error)) {
      say(`${error.message}\nUsage: ${command} ${usage[verb]}`)
      return 2
    }
    say(error instanceof LocalError ? error.message : error instanceof Error ? String(error.stack) : messageOf(error))
    return 1
  }
}

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function durationMs(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const ms = unitMs[unit]
  if (ms === undefined) throw new UsageError('a time to live is a number with m, h or d, such as 90d')
  return Number(count) * ms
}

const isVerb = (verb: string): verb is Verb => Object.hasOwn(usage, verb)

const isUsageError = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))

const [verb, ...args] = process.argv.slice(2)
process.exitCode = await run(verb, args)
