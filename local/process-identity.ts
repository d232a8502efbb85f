import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  pid: number
  /** When it started, in the words of the operating system. */
  startedAt: string
}

/** Throws where there is no such process. */
export function identify(pid: number): ProcessIdentity {
  const startedAt = startTimeOf(pid)
  if (startedAt === undefined) throw new Error(`there is no process ${pid}`)
  return { pid, startedAt }
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startedAt
}

function startTimeOf(pid: number): string | undefined {
  return existsSync('/proc/self/stat') ? startTimeByProc(pid) : startTimeByPs(pid)
}

// proc(5): the name, in parentheses, may hold anything; state is the first field after it, starttime the twentieth.
function startTimeByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function startTimeByPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state?.startsWith('Z') ? undefined : started.join(' ') || undefined
  } catch {
    return undefined
  }
}
