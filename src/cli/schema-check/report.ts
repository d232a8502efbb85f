import type { Change } from '../../schemas/evolution/change.ts'
import type { Direction } from '../../schemas/evolution/level.ts'
import type { SchemaFault } from '../../schemas/governance/avro/schema-reading.ts'
import type { Finding } from '../../schemas/governance/judge-parts.ts'

/** What was found in the files that were checked, in their order. */
export interface Report {
  policy: number
  files: readonly FileReport[]
}

export interface FileReport {
  file: string
  /** Why the file is no schema; then there are no findings. */
  faults: readonly LocatedFault[]
  findings: readonly LocatedFinding[]
  /** The earlier files that the level asks for; absent where there was nothing to compare with. */
  comparedWith?: readonly string[]
  breaks?: readonly LocatedBreak[]
}

/** A change that the level does not allow, and the earlier `files` that it breaks. `pointer`: with references written in. */
export interface LocatedBreak extends Pick<Change, 'kind' | 'pointer' | 'path' | 'message'> {
  line: number
  column: number
  direction: Direction
  files: readonly string[]
  why: string
  fix: string
}

/** Without a line where the file as a whole is meant. */
export interface LocatedFault extends Pick<SchemaFault, 'pointer' | 'path' | 'message'> {
  line?: number
  column?: number
}

export interface LocatedFinding extends Finding {
  line: number
  column: number
}

export interface Summary {
  files: number
  faults: number
  refusals: number
  warnings: number
  breaks: number
}

export function summaryOf({ files }: Report): Summary {
  const levels = files.flatMap(({ findings }) => findings.map(({ level }) => level))
  return {
    files: files.length,
    faults: files.reduce((sum, { faults }) => sum + faults.length, 0),
    refusals: levels.filter((level) => level === 'refuse').length,
    warnings: levels.filter((level) => level === 'warn').length,
    breaks: files.reduce((sum, { breaks = [] }) => sum + breaks.length, 0),
  }
}

/** 0: may be registered. 1: the policy refuses it, or it breaks an earlier version; `isStrict`: or a warning. 2: a file is no schema. */
export function exitCodeOf(report: Report, isStrict: boolean): number {
  const { faults, refusals, breaks, warnings } = summaryOf(report)
  if (faults > 0) return 2
  return refusals > 0 || breaks > 0 || (isStrict && warnings > 0) ? 1 : 0
}
