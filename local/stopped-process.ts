import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const limitMs = 2_000
const lookAgainMs = 1

/** On a busy machine a process runs on for a while after it was told to stop. Only Linux tells. */
export function waitUntilStopped(pid: number): void {
  const deadline = Date.now() + limitMs
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (isRunning(pid) && Date.now() < deadline) Atomics.wait(nothing, 0, 0, lookAgainMs)
}

function isRunning(pid: number): boolean {
  const threads = `/proc/${pid}/task`
  try {
    return readdirSync(threads).some((id) => !/\) [Tt] /.test(readFileSync(join(threads, id, 'stat'), 'utf8')))
  } catch {
    return false
  }
}
