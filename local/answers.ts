const limitMs = 5_000

/** Whether a GET is answered with a status of 2xx. */
export async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(limitMs) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}
