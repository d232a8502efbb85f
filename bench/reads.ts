export interface ReadsResult {
  events: number
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** One read after another, for some seconds. `read` answers how many events it got. */
export async function runReads(seconds: number, read: () => Promise<number>): Promise<ReadsResult> {
  const startedAt = performance.now()
  const times: number[] = []
  let events = 0
  while (performance.now() - startedAt < seconds * 1000) {
    const sentAt = performance.now()
    events += await read()
    times.push(performance.now() - sentAt)
  }
  const took = (performance.now() - startedAt) / 1000
  times.sort((a, b) => a - b)
  const percentile = (share: number): number => times[Math.floor((times.length - 1) * share)] as number
  return { events, seconds: took, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
}
