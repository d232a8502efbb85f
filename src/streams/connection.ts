import type { ProblemCode } from '../errors/problems.ts'

/** Where a stream is written. What it tells comes by the reader's `drained` and `gone`. */
export interface StreamConnection {
  /** False: taken, and nothing more is until it has drained. */
  write(bytes: Buffer): boolean
  /** Several at once, none of which is copied. */
  writeAll(pieces: readonly Buffer[]): boolean
  /** The last, and why. */
  end(bytes: Buffer, code: ProblemCode): void
  /** At once, whatever waits. */
  cut(): void
}
