/** What is left of the metadata for further leases, for one call: it is measured only when what is known to be left does not do. */
export class MetadataRoom {
  readonly #measure: () => number
  #left = 0
  #isMeasured = false

  constructor(measure: () => number) {
    this.#measure = measure
  }

  claim(bytes: number): boolean {
    if (bytes > this.#left && !this.#isMeasured) {
      this.#left = this.#measure()
      this.#isMeasured = true
    }
    if (bytes > this.#left) return false
    this.#left -= bytes
    this.#isMeasured = false
    return true
  }
}
