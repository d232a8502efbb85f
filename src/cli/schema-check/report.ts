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
}

export function summaryOf({ files }: Report): Summary {
  const levels = files.flatMap(({ findings }) => findings.map(({ level }) => level))
  return {
    files: files.length,
    faults: files.reduce((sum, { faults }) => sum + faults.length, 0),
    refusals: levels.filter((level) => level === 'refuse').length,
    warnings: levels.filter((level) => level === 'warn').length,
  }
}

/** 0: may be registered. 1: the policy refuses it; `isStrict`: or warns. 2: a file is no schema. */
export function exitCodeOf(report: Report, isStrict: boolean): number {
  const { faults, refusals, warnings } = summaryOf(report)
  if (faults > 0) return 2
  return refusals > 0 || (isStrict && warnings > 0) ? 1 : 0
}
