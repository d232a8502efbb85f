/** One thing that is wrong with a file of contracts. */
export interface ContractFault {
  file: string
  /** From 1; absent where the file could not be read at all. */
  line?: number
  /** Names from the top of the contract, joined by dots; `''` is the contract itself. */
  path: string
  message: string
}

/** Why the process cannot start: every fault of every contract. */
export class ContractsError extends Error {
  override readonly name = 'ContractsError'
  readonly faults: readonly ContractFault[]

  constructor(faults: readonly ContractFault[]) {
    super(faults.map(lineOf).join('\n'))
    this.faults = faults
  }
}

function lineOf({ file, line, path, message }: ContractFault): string {
  const place = line === undefined ? file : `${file}, line ${line}`
  return [place, path, message].filter((part) => part !== '').join(': ')
}
