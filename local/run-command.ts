import { spawn } from 'node:child_process'
import { LocalError } from './local-error.ts'

const keptCharacters = 8_000

export interface CommandOptions {
  cwd?: string
  signal?: AbortSignal
}

/** Runs a program to its end and answers what it wrote. Throws with the command and the end of its output. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-keptCharacters)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('close', resolve)
  const command = [file, ...args].join(' ')
  const code = await promise.catch((cause: Error) => {
    throw new LocalError(`${command}\ncould not be run: ${cause.message}`, { cause })
  })
  if (code !== 0) throw new LocalError(`${command}\nended with code ${code}:\n${output.trimEnd()}`)
  return output
}
