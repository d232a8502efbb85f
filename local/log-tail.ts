import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 65_536

/** The last lines of a file; none where there is no such file. */
export function logTail(file: string, lines: number): string[] {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(descriptor)
    const buffer = Buffer.alloc(Math.min(size, tailBytes))
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines)
  } finally {
    closeSync(descriptor)
  }
}
