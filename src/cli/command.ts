import { type OptionTypes, parseOptions, type Values } from './parse-options.ts'

interface CommandParts<Options extends OptionTypes> {
  /** The words after the name of the program. */
  usage: string
  /** What `--help` says beneath it. */
  help: string
  options: Options
  /** Gives the code to exit with. Throws a UsageError. */
  run: (called: Called<Options>, stdout: NodeJS.WriteStream) => number | Promise<number>
}

interface Called<Options extends OptionTypes> {
  values: Values<Options>
  words: readonly string[]
}

/** What `./headgate` does without parts of its own. */
export interface Command {
  usage: string
  run: (args: readonly string[], program: string, stdout: NodeJS.WriteStream) => number | Promise<number>
}

export function command<const Options extends OptionTypes>(parts: CommandParts<Options>): Command {
  const { usage, help, options, run } = parts
  return {
    usage,
    run: (args, program, stdout) => {
      const { values, words } = parseOptions(args, { ...options, help: { type: 'boolean', short: 'h' } })
      if (!values.help) return run({ values: values as Values<Options>, words }, stdout)
      stdout.write(`Usage: ${program} ${usage}\n${help}`)
      return 0
    },
  }
}
