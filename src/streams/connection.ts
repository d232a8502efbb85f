/** Where a stream is written. What it tells comes by the reader's `drained` and `gone`. */
export interface StreamConnection {
  /** False: taken, and nothing more is until it has drained. */
  write(bytes: Buffer): boolean
  /** Several at once, none of which is copied. */
  writeAll(pieces: readonly Buffer[]): boolean
  /** The last. */
  end(bytes: Buffer): void
  /** At once, whatever waits. */
  cut(): void
}
