import type { Ending } from './answer-log.ts'
import { type Faults, isTrue, type Verdict } from './judge.ts'

export interface Judged {
  name: string
  title: string
  rounds: number
  seconds: number
  verdict: Verdict
}

const shownFaults = 10
const said: readonly Ending[] = ['published', 'refused', 'withheld', 'failed', 'unknown', 'turned-away', 'unanswered']
const neverSent: readonly Ending[] = ['unsent', 'not-taken']

export const hasFaults = (results: readonly Judged[]): boolean => results.some(({ verdict }) => !isTrue(verdict))

export function jsonReport(results: readonly Judged[]): string {
  return `${JSON.stringify({ scenarios: results }, null, 2)}\n`
}

/** As Markdown, which is also read well as it is. */
export function tableReport(results: readonly Judged[]): string {
  const rows = [
    [
      'Scenario',
      'Rounds',
      'Time',
      'Events',
      ...said,
      'not sent',
      'lost',
      'falsely failed',
      'doubled',
      'slowest answer',
    ],
    ...results.map(rowOf),
  ]
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |\n`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|\n`
  return [line(rows[0] ?? []), rule, ...rows.slice(1).map(line)].join('')
}

/** What was found, in words; nothing where all answers were true. */
export function faultReport(results: readonly Judged[]): string {
  return results
    .flatMap(({ title, verdict }) => (isTrue(verdict) ? [] : [`${title}:\n`, ...faultLines(verdict.faults)]))
    .join('')
}

export function faultLines(faults: Faults): string[] {
  return Object.entries(faults).flatMap(([kind, found]: [string, string[]]) => {
    const more = found.length > shownFaults ? [`  ${kind}: and ${found.length - shownFaults} more\n`] : []
    return [...found.slice(0, shownFaults).map((what) => `  ${kind}: ${what}\n`), ...more]
  })
}

function rowOf({ title, rounds, seconds, verdict }: Judged): string[] {
  const { events, endings, faults, slowestMs } = verdict
  const unsent = neverSent.reduce((sum, ending) => sum + endings[ending], 0)
  const counts = [events, ...said.map((ending) => endings[ending]), unsent]
  const found = [faults.lost, faults.falselyFailed, faults.doubled].map(({ length }) => length)
  return [
    title,
    String(rounds),
    `${seconds} s`,
    ...[...counts, ...found].map(String),
    `${(slowestMs / 1000).toFixed(1)} s`,
  ]
}
