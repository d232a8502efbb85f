import { readFileSync } from 'node:fs'
import { type Figures, figuresOf, type Measured } from './report.ts'

interface ProcessUsage {
  cpuSeconds: number
  memoryBytes: number
}

const ticksPerSecond = 100

/** The figures of what `run` does, with what the process that serves it has used meanwhile. */
export async function measured(pid: number, run: () => Promise<Measured>): Promise<Figures> {
  const before = usageOf(pid)
  const result = await run()
  const after = usageOf(pid)
  if (!before || !after) return figuresOf(result)
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  return figuresOf({ ...result, cpuSeconds, memoryMiB: after.memoryBytes / 2 ** 20 })
}

/** What a process has used so far; undefined where there is no /proc. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      memoryBytes: Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024,
    }
  } catch {
    return undefined
  }
}
