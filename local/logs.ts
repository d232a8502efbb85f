import { existsSync, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LocalError } from './local-error.ts'
import { logTail } from './log-tail.ts'
import { logDirectory } from './paths.ts'

const shownLines = 100
const followEveryMs = 250

/** Writes the end of one part's log, or of all; with `follow`, goes on until it is interrupted. */
export async function logs(part: string | undefined, options: { follow: boolean }): Promise<void> {
  const names = existsSync(logDirectory)
    ? readdirSync(logDirectory)
        .filter((file) => file.endsWith('.log'))
        .map((file) => file.slice(0, -'.log'.length))
    : []
  if (part !== undefined && !names.includes(part)) {
    throw new LocalError(`there is no log of ${JSON.stringify(part)}; there are: ${names.join(', ') || 'none yet'}`)
  }
  const chosen = part === undefined ? names : [part]
  for (const name of chosen) write(name, logTail(fileOf(name), shownLines), chosen.length > 1)
  if (options.follow) await Promise.all(chosen.map((name) => follow(name, chosen.length > 1)))
}

const fileOf = (name: string): string => join(logDirectory, `${name}.log`)

function write(name: string, lines: readonly string[], isNamed: boolean): void {
  const prefix = isNamed ? `${name.padEnd(11)}` : ''
  process.stdout.write(lines.map((line) => `${prefix}${line}\n`).join(''))
}

async function follow(name: string, isNamed: boolean): Promise<never> {
  let position = statSync(fileOf(name)).size
  for (;;) {
    await delay(followEveryMs)
    const { size } = statSync(fileOf(name))
    if (size < position) position = 0
    if (size === position) continue
    await using file = await open(fileOf(name))
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - position), 0, size - position, position)
    // The last line may still be being written: it waits for its end.
    const end = buffer.subarray(0, bytesRead).lastIndexOf('\n')
    if (end < 0) continue
    write(name, buffer.toString('utf8', 0, end).split('\n'), isNamed)
    position += end + 1
  }
}
