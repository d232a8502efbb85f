import { type Report, summaryOf } from './report.ts'

const format = 1

/** One line of JSON; docs/governance.md says what is in it. Members may be added; others mean another `format`. */
export function jsonReport(report: Report): string {
  const { policy, files } = report
  return `${JSON.stringify({ format, policy, summary: summaryOf(report), files })}\n`
}
