import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** Runs a file of `bench/` in a process of its own; its argument and what it prints are JSON. */
export async function runScript<Result>(file: string, argument: unknown): Promise<Result> {
  const args = [join(import.meta.dirname, file), JSON.stringify(argument)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`${file} ended with code ${code}`)
  return JSON.parse(output) as Result
}
