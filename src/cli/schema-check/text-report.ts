import { styleText } from 'node:util'
import { type FileReport, type Report, type Summary, summaryOf } from './report.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

/** A line for each fault and finding, as editors and CI systems find them: `file:line:column: level rule: message`. */
export function textReport(report: Report, stream: NodeJS.WriteStream): string {
  // Without colours where the stream is no terminal, and where NO_COLOR says so.
  const paint: Paint = (style, text) => styleText(style, text, { stream })
  const lines = report.files.flatMap((file) => fileLines(file, paint))
  const gap = lines.length > 0 ? [''] : []
  return `${[...lines, ...gap, summaryLine(summaryOf(report))].join('\n')}\n`
}

function fileLines({ file, faults, findings, breaks = [] }: FileReport, paint: Paint): string[] {
  const at = ({ line, column }: { line?: number; column?: number }): string =>
    paint('bold', line === undefined ? `${file}:` : `${file}:${line}:${column}:`)
  return [
    ...faults.map((fault) => `${at(fault)} ${paint('red', 'fault')}: ${fault.message}`),
    ...findings.flatMap((finding) => {
      const level = paint(finding.level === 'refuse' ? 'red' : 'yellow', finding.level)
      return [`${at(finding)} ${level} ${finding.rule}: ${finding.message}`, paint('dim', `    ${finding.fix}`)]
    }),
    ...breaks.flatMap((found) => [
      `${at(found)} ${paint('red', 'break')} ${found.kind}: ${found.message}`,
      paint('dim', `    Breaks ${found.files.join(', ')}: ${found.why}`),
      paint('dim', `    ${found.fix}`),
    ]),
  ]
}

function summaryLine({ files, faults, refusals, warnings, breaks }: Summary): string {
  const checked = counted(files, 'file', 'files')
  const found = [
    faults > 0 && counted(faults, 'fault', 'faults'),
    refusals > 0 && counted(refusals, 'refusal', 'refusals'),
    breaks > 0 && counted(breaks, 'break', 'breaks'),
    warnings > 0 && counted(warnings, 'warning', 'warnings'),
  ].filter((text) => text !== false)
  return found.length > 0 ? `${checked}: ${found.join(', ')}.` : `${checked}: as the policy asks.`
}

const counted = (count: number, one: string, several: string): string => `${count} ${count === 1 ? one : several}`
