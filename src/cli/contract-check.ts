import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ContractsError } from '../contracts/contracts-error.ts'
import { type ContractFile, FileContracts, readFiles } from '../contracts/file-contracts.ts'
import { command } from './command.ts'
import { UsageError } from './usage-error.ts'

const format = 1

export const contractCheck = command({
  usage: 'contract check FILE… [--output text|json]',
  help: `
Judges contract files as a gateway does that reads them. Needs no gateway.

  FILE             a file of contracts, a folder (its .yaml and .yml files), or - for standard input
  -o, --output     text (by default), or json: one object with every contract and every fault
  -h, --help       this

Ends with 0 where all is right, 1 where something is not, 2 where the command is wrong.
Every member is explained in docs/contracts.md.
`,
  options: {
    output: { type: 'string', short: 'o' },
  },
  run: ({ values, words }, stdout) => {
    const { output = 'text' } = values
    if (output !== 'text' && output !== 'json') throw new UsageError(`--output is text or json, not ${output}`)
    if (words.length === 0) throw new UsageError('no file is named')

    const { topics, error } = judged(words)
    const faults = error?.faults ?? []
    if (output === 'json') stdout.write(`${JSON.stringify({ format, topics, faults })}\n`)
    else if (error) stdout.write(`${error.message}\n${counted(faults.length, 'fault')}\n`)
    else stdout.write(`${counted(topics.length, 'contract')}, all right\n`)
    return error ? 1 : 0
  },
})

/** All files together, as those of one folder: no topic has two contracts. */
function judged(named: readonly string[]): { topics: string[]; error?: ContractsError } {
  try {
    return { topics: FileContracts.of(named.flatMap(filesOf)).topics.sort() }
  } catch (error) {
    if (error instanceof ContractsError) return { topics: [], error }
    throw error
  }
}

function filesOf(name: string): ContractFile[] {
  if (name !== '-' && statSync(name, { throwIfNoEntry: false })?.isDirectory()) {
    return readFiles(name).map((file) => ({ ...file, name: join(name, file.name) }))
  }
  try {
    return [{ name, content: { text: readFileSync(name === '-' ? 0 : name, 'utf8') } }]
  } catch (error) {
    return [{ name, content: { reason: (error as NodeJS.ErrnoException).code ?? 'unknown reason' } }]
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
