import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Figures, figuresOf, type Measured } from './report.ts'

interface ProcessUsage {
  cpuSeconds: number
  memoryBytes: number
}

interface UsedMeanwhile<Result> {
  result: Result
  cpuSeconds: number
  /** At most, of samples. */
  mostBytes: number
}

const ticksPerSecond = 100
const sampleMs = 100
const settledShare = 0.005
const settleLimitMs = 10_000

/** Arguments of Node for a process that {@link collectedMemory} is asked about. */
export const collectingArguments = ['--import', join(import.meta.dirname, 'collect-on-signal.ts')]

/** The figures of what `run` does, with what the process that serves it has used meanwhile. */
export async function measured(pid: number, run: () => Promise<Measured>): Promise<Figures> {
  const before = usageOf(pid)
  const result = await run()
  const after = usageOf(pid)
  if (!before || !after) return figuresOf(result)
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds
  return figuresOf({ ...result, cpuSeconds, memoryMiB: after.memoryBytes / 2 ** 20 })
}

/** What a process uses while something runs. */
export async function watched<Result>(pid: number, run: () => Promise<Result>): Promise<UsedMeanwhile<Result>> {
  const before = knownUsage(pid)
  let mostBytes = before.memoryBytes
  const sample = () => {
    mostBytes = Math.max(mostBytes, knownUsage(pid).memoryBytes)
  }
  const timer = setInterval(sample, sampleMs)
  try {
    const result = await run()
    sample()
    return { result, cpuSeconds: knownUsage(pid).cpuSeconds - before.cpuSeconds, mostBytes }
  } finally {
    clearInterval(timer)
  }
}

/** Bytes of a process that was started with {@link collectingArguments} and has nothing to do, after its garbage was collected. */
export async function collectedMemory(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR2')
  const until = performance.now() + settleLimitMs
  let last = knownUsage(pid).memoryBytes
  for (;;) {
    await delay(500)
    const { memoryBytes } = knownUsage(pid)
    if (Math.abs(memoryBytes - last) < last * settledShare || performance.now() > until) return memoryBytes
    last = memoryBytes
  }
}

function knownUsage(pid: number): ProcessUsage {
  const usage = usageOf(pid)
  if (!usage) throw new Error('the memory of a process cannot be read here')
  return usage
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
