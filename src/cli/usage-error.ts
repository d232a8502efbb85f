/** What is wrong with a command as it was called; printed with how it is called. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
