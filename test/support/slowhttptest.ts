import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findPrograms } from '../../local/find-program.ts'
import { installSystemPackage } from '../../local/system-packages.ts'

const run = promisify(execFile)

export interface SlowAttack {
  connections: number
  /** Those of its mode. */
  options: readonly string[]
  url: string
  headers?: Readonly<Record<string, string>>
}

/** A real slowhttptest. Settles when its time is over, or none of its connections is open any more. */
export async function attackSlowly(attack: SlowAttack, seconds: number): Promise<void> {
  const { connections, options, url, headers = {} } = attack
  const program = await provideSlowhttptest()
  // It has an option for one header, and writes what it is given.
  const lines = ['a=b', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  const numbers = ['-c', connections, '-r', connections, '-l', seconds].map(String)
  await run(program, [...options, ...numbers, '-j', lines, '-v', '1', '-u', url])
}

export async function provideSlowhttptest(): Promise<string> {
  const [found] = findPrograms('slowhttptest')
  if (found) return found
  await installSystemPackage({ title: 'slowhttptest', debian: 'slowhttptest', brew: 'slowhttptest' })
  return findPrograms('slowhttptest')[0] ?? 'slowhttptest'
}
