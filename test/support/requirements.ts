import { readFileSync } from 'node:fs'

/** The packages of a requirements file that has nothing but `name==version` lines and comments. */
export function requirementsIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
