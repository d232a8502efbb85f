import { parseArgs } from 'node:util'
import { didYouMean } from '../errors/did-you-mean.ts'
import { UsageError } from './usage-error.ts'

export type OptionTypes = Readonly<Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: true }>>

export type Values<Options extends OptionTypes> = {
  [Name in keyof Options]?: Options[Name] extends { multiple: true }
    ? string[]
    : Options[Name]['type'] extends 'string'
      ? string
      : true
}

/** The options and other words of a command. Throws a UsageError that names every option that is wrong. */
export function parseOptions<Options extends OptionTypes>(
  args: readonly string[],
  options: Options,
): { values: Values<Options>; words: string[] } {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  const values: Record<string, string | true | string[]> = {}
  const words: string[] = []
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const { type, multiple } = (Object.hasOwn(options, name) && options[name]) || {}
    if (type === undefined) faults.push(unknownOption(rawName, Object.keys(options)))
    else if (type === 'boolean' && value !== undefined) faults.push(`${rawName} takes no value`)
    else if (type === 'string' && (value === undefined || /^-./.test(value))) faults.push(`${rawName} needs a value`)
    else if (multiple) values[name] = [...((values[name] as string[] | undefined) ?? []), value ?? '']
    else values[name] = value ?? true
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return { values: values as Values<Options>, words }
}

function unknownOption(written: string, known: readonly string[]): string {
  const meant = didYouMean(written.replace(/^-+/, ''), known)
  return `there is no option ${written}${meant === undefined ? '' : `; did you mean --${meant}?`}`
}
