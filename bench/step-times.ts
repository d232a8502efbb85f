export type Step = () => void

// The kernel counts in steps of up to 4 ms.
const leastMicrosARound = 50_000
const warmUpRounds = 3

/** Microseconds of each step, of each round. The steps take turns; each is done as often as it takes to be measured. */
export function timesInTurns(steps: Readonly<Record<string, Step>>, rounds: number): Record<string, number[]> {
  const measured = Object.entries(steps).map(([name, step]) => ({
    name,
    step,
    times: timesARound(step),
    micros: [] as number[],
  }))
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { step, times, micros } of measured) {
      const taken = microsOf(step, times)
      if (round >= 0) micros.push(taken / times)
    }
  }
  return Object.fromEntries(measured.map(({ name, micros }) => [name, micros]))
}

function timesARound(step: Step): number {
  let times = 1
  while (microsOf(step, times) < leastMicrosARound) times *= 2
  return times
}

/** The processor's time, not the clock's: others may be at work beside this. */
function microsOf(step: Step, times: number): number {
  const before = process.threadCpuUsage()
  for (let time = 0; time < times; time++) step()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}
