import { median, mediansOf, rangeOf, row } from './report.ts'
import type { SlowReaderReport } from './slow-readers.ts'
import type { StreamFigures } from './stream-run.ts'

/** The runs of one case, pair by pair. */
export interface StreamCaseRuns {
  name: string
  readers: number
  gateway: StreamFigures[]
  limit: StreamFigures[]
  /** Of Kafka, that the gateway held. */
  consumers: number
}

export const aims = {
  readers: 10_000,
  p99Ms: 250,
  memoryRatio: 1.3,
  cpuRatio: 1.4,
  slow: { p99Ratio: 2, growthMiB: 64 },
}

const columns = {
  deliveriesPerSecond: { title: 'deliveries/s', digits: 0 },
  p50Ms: { title: 'p50 ms', digits: 1 },
  p99Ms: { title: 'p99 ms', digits: 1 },
  mostMs: { title: 'most ms', digits: 1 },
  eventsPerPiece: { title: 'events/piece', digits: 1 },
  cpuMicrosPerDelivery: { title: 'CPU µs/delivery', digits: 1 },
  cpuPercent: { title: 'CPU % of one', digits: 0 },
  readerKiB: { title: 'KiB/reader', digits: 1 },
  idleMiB: { title: 'MiB idle', digits: 0 },
  mostMiB: { title: 'MiB at most', digits: 0 },
  loadCpuPercent: { title: "readers' CPU %", digits: 0 },
} as const satisfies Record<keyof StreamFigures, { title: string; digits: number }>
const names = Object.keys(columns) as (keyof StreamFigures)[]
const compared = ['cpuMicrosPerDelivery', 'readerKiB', 'mostMiB'] as const

type Ratios = Record<(typeof compared)[number], { median: number; range: [number, number] }>

export function streamJson(cases: readonly StreamCaseRuns[], slow: readonly SlowReaderReport[]): string {
  const report = cases.map((each) => ({
    name: each.name,
    consumers: each.consumers,
    gateway: mediansOf(each.gateway, names),
    limit: mediansOf(each.limit, names),
    ratios: ratiosOf(each),
  }))
  return `${JSON.stringify({ cases: report, slowReaders: slow, aims }, null, 2)}\n`
}

export function streamTables(cases: readonly StreamCaseRuns[], slow: readonly SlowReaderReport[]): string {
  return [...cases.map(caseTable), slowTable(slow)].join('\n')
}

function caseTable(each: StreamCaseRuns): string {
  const ratios = ratiosOf(each)
  const ratioOf = (name: keyof StreamFigures) => (name in ratios ? ratios[name as keyof Ratios].median.toFixed(2) : '')
  return lines(
    '',
    `${each.name}; Kafka consumers of the gateway: ${each.consumers}`,
    row(
      '',
      names.map((name) => columns[name].title),
    ),
    row('gateway', cells(each.gateway)),
    row('limit', cells(each.limit)),
    row('ratio', names.map(ratioOf)),
    ...(each.readers === aims.readers ? aimLines(each, ratios) : []),
  )
}

function aimLines({ gateway }: StreamCaseRuns, { cpuMicrosPerDelivery, readerKiB }: Ratios): string[] {
  const aimed = [
    { what: 'p99 ms', is: median(gateway.map(({ p99Ms }) => p99Ms)), most: aims.p99Ms },
    { what: 'memory a reader, of the limit', is: readerKiB.median, most: aims.memoryRatio },
    { what: 'CPU a delivery, of the limit', is: cpuMicrosPerDelivery.median, most: aims.cpuRatio },
  ]
  return aimed.map((aim) => aimLine(aim))
}

function slowTable(reports: readonly SlowReaderReport[]): string {
  return reports
    .map(({ rule, stalled, good, without, beside, p99Ratio, growthMiB, treated, faults }) =>
      lines(
        '',
        `${stalled} stalled readers (${rule}) beside ${good} others`,
        row('', ['p99 ms', 'most ms', 'MiB idle', 'MiB at most']),
        ...[['without', without] as const, ['beside', beside] as const].map(
          ([name, { p99Ms, mostMs, idleMiB, mostMiB }]) =>
            row(
              name,
              [p99Ms, mostMs, idleMiB, mostMiB].map((value) => value.toFixed(1)),
            ),
        ),
        aimLine({ what: "the others' p99, of that without", is: p99Ratio, most: aims.slow.p99Ratio }),
        aimLine({ what: 'MiB grown', is: growthMiB, most: aims.slow.growthMiB }),
        `  treated by the rule: ${treated} of ${stalled}${faults.map((fault) => `\n    ${fault}`).join('')}`,
      ),
    )
    .join('')
}

const aimLine = ({ what, is, most }: { what: string; is: number; most: number }): string =>
  `  ${is <= most ? 'met' : 'MISSED'}: ${what} ${is.toFixed(2)}, aimed at: at most ${most}`

const lines = (...all: string[]): string => `${all.join('\n')}\n`

function cells(runs: readonly StreamFigures[]): string[] {
  const figures = mediansOf(runs, names)
  return names.map((name) => figures[name]?.toFixed(columns[name].digits) ?? '–')
}

/** Gateway over limit, of each pair. */
function ratiosOf({ gateway, limit }: StreamCaseRuns): Ratios {
  const of = (name: keyof Ratios) => {
    const ratios = gateway.map((run, pair) => run[name] / (limit[pair] as StreamFigures)[name])
    return { median: median(ratios), range: rangeOf(ratios) }
  }
  return Object.fromEntries(compared.map((name) => [name, of(name)])) as Ratios
}
