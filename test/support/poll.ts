import { setTimeout as delay } from 'node:timers/promises'

/** Waits for a condition, asked every 20 ms; rejects when the limit has passed. */
export async function pollUntil(condition: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${condition}`)
    await delay(20)
  }
}
