import { setTimeout as delay } from 'node:timers/promises'

export interface WaitOptions {
  limitMs: number
  everyMs?: number
  signal?: AbortSignal
}

/** Polls until the condition holds. Answers whether it did within the limit; throws where the signal aborts. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, options: WaitOptions): Promise<boolean> {
  const endsAt = Date.now() + options.limitMs
  for (;;) {
    options.signal?.throwIfAborted()
    if (await holds()) return true
    if (Date.now() >= endsAt) return false
    await delay(options.everyMs ?? 100, undefined, options.signal ? { signal: options.signal } : {})
  }
}
