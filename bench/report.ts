export interface Figures {
  eventsPerSecond: number
  /** Time of a request; null where there is one request for all events. */
  p50Ms: number | null
  p99Ms: number | null
  /** Processor time of the serving process. */
  cpuMicrosPerEvent: number | null
  memoryMiB: number | null
}

/** What one run gave; what is absent was not measured. */
export interface Measured {
  events: number
  seconds: number
  p50Ms?: number
  p99Ms?: number
  cpuSeconds?: number
  memoryMiB?: number
}

export function figuresOf({ events, seconds, p50Ms, p99Ms, cpuSeconds, memoryMiB }: Measured): Figures {
  return {
    eventsPerSecond: events / seconds,
    p50Ms: p50Ms ?? null,
    p99Ms: p99Ms ?? null,
    cpuMicrosPerEvent: cpuSeconds === undefined ? null : (cpuSeconds * 1e6) / events,
    memoryMiB: memoryMiB ?? null,
  }
}

/** The runs of one case, pair by pair. */
export interface CaseRuns {
  name: string
  gateway: Figures[]
  limit: Figures[]
}

const names = ['eventsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicrosPerEvent', 'memoryMiB'] as const

export function jsonReport(cases: readonly CaseRuns[], more: object = {}): string {
  const report = cases.map((each) => ({
    name: each.name,
    gateway: mediansOf(each.gateway, names),
    limit: mediansOf(each.limit, names),
    ratio: median(ratios(each)),
    ratioRange: rangeOf(ratios(each)),
  }))
  return `${JSON.stringify({ cases: report, ...more }, null, 2)}\n`
}

export function tableReport(cases: readonly CaseRuns[]): string {
  return cases
    .map((each) => {
      const [least, most] = rangeOf(ratios(each))
      return [
        '',
        `${each.name}: ${median(ratios(each)).toFixed(2)} of the machine's limit (${least.toFixed(2)} to ${most.toFixed(2)})`,
        row('', ['events/s', 'range', 'p50 ms', 'p99 ms', 'CPU µs/event', 'memory MiB']),
        row('gateway', cells(each.gateway)),
        row('limit', cells(each.limit)),
        '',
      ].join('\n')
    })
    .join('')
}

function cells(runs: readonly Figures[]): string[] {
  const { eventsPerSecond, p50Ms, p99Ms, cpuMicrosPerEvent, memoryMiB } = mediansOf(runs, names)
  const [least, most] = rangeOf(runs.map((run) => run.eventsPerSecond))
  return [
    String(Math.round(eventsPerSecond ?? 0)),
    `${Math.round(least)}–${Math.round(most)}`,
    ...[p50Ms, p99Ms, cpuMicrosPerEvent, memoryMiB].map((value) => value?.toFixed(1) ?? '–'),
  ]
}

export const row = (name: string, values: readonly string[]): string =>
  `  ${name.padEnd(9)}${values.map((value) => value.padStart(16)).join('')}`

/** Gateway over limit, of each pair. */
const ratios = ({ gateway, limit }: CaseRuns): number[] =>
  gateway.map((run, pair) => run.eventsPerSecond / (limit[pair] as Figures).eventsPerSecond)

type Medians<Name extends string> = Record<Name, number | null>

/** Of each figure, over the runs that have it. */
export function mediansOf<Name extends string>(
  runs: readonly Readonly<Record<Name, number | null>>[],
  of: readonly Name[],
): Medians<Name> {
  const medianOf = (name: Name) => {
    const values = runs.map((run) => run[name]).filter((value) => value !== null)
    return values.length === 0 ? null : median(values)
  }
  return Object.fromEntries(of.map((name) => [name, medianOf(name)])) as Medians<Name>
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

export const rangeOf = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)]
