/** Settles as the promise does, or at the deadline, by `Date.now()`, as `tooLate` has it. */
export async function within<T>(promise: Promise<T>, deadline: number, tooLate: () => T): Promise<T> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, Math.max(0, deadline - Date.now()))
  // What comes after the deadline is nobody's any more.
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late.promise.then(tooLate)])
  } finally {
    clearTimeout(timer)
  }
}
