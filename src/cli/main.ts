import { didYouMean } from '../errors/did-you-mean.ts'
import type { Command } from './command.ts'
import { contractCheck } from './contract-check.ts'
import { schemaBundle } from './schema-bundle.ts'
import { schemaCheck } from './schema-check/schema-check.ts'
import { writeTypes } from './types/types.ts'
import { UsageError } from './usage-error.ts'

/** What `./headgate` does without parts of its own, by the words that call it. */
const commands = {
  'schema bundle': schemaBundle,
  'schema check': schemaCheck,
  'contract check': contractCheck,
  types: writeTypes,
} satisfies Record<string, Command>
const program = process.env.HEADGATE_LOCAL_COMMAND || 'headgate'

// A reader that has seen enough (`| head`) closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
process.exitCode = await run(process.argv.slice(2))

async function run(words: readonly string[]): Promise<number> {
  const [area = '', verb = ''] = words
  const name = isCommand(area) ? area : `${area} ${verb}`
  try {
    if (isCommand(name)) return await commands[name].run(words.slice(name.split(' ').length), program, process.stdout)
    if (['-h', '--help', 'help'].includes(verb)) {
      process.stdout.write(usageOf(Object.values(commands)))
      return 0
    }
    const meant = didYouMean(name, Object.keys(commands))
    const said = verb === '' ? `${area} needs a verb of its own` : `there is no command '${name}'`
    throw new UsageError(meant === undefined ? said : `${said}; did you mean '${meant}'?`)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n${usageOf(isCommand(name) ? [commands[name]] : Object.values(commands))}`)
    return 2
  }
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name)
}

function usageOf(all: readonly { usage: string }[]): string {
  return all.map(({ usage }) => `Usage: ${program} ${usage}\n`).join('')
}
