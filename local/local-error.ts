/** A fault whose message says what a person can do about it. It is printed without a stack trace. */
export class LocalError extends Error {
  override readonly name = 'LocalError'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
