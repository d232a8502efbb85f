/** One thing that is wrong with the configuration. No message holds a secret's value. */
export interface ConfigFault {
  /** The variable or the place in the file. */
  setting: string
  message: string
}

/** Why the process cannot start: every fault of the configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ setting, message }) => `${setting}: ${message}`).join('\n'))
    this.faults = faults
  }
}
