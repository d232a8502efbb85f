/** Progress goes to standard error: standard output is for what was asked for. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

const remindEveryMs = 5_000

/** Says what is done, and again every five seconds for as long as it takes. */
export async function withProgress<T>(doing: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  say(`${doing} …`)
  const reminder = setInterval(() => {
    say(`${doing} … ${Math.round((Date.now() - startedAt) / 1000)} s`)
  }, remindEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(reminder)
  }
}
