import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LocatedYaml, readYaml } from '../yaml/located-yaml.ts'
import { type Contract, defaultContract, readContract } from './contract.ts'
import type { ContractSource } from './contract-source.ts'
import { type ContractFault, ContractsError } from './contracts-error.ts'

/** Contracts from the YAML files of a folder, read once: one a document. */
export class FileContracts implements ContractSource {
  readonly #byTopic: ReadonlyMap<string, Contract>

  private constructor(byTopic: ReadonlyMap<string, Contract>) {
    this.#byTopic = byTopic
  }

  /** Without a folder every topic has the default contract. Throws a ContractsError with every fault of every file. */
  static load(directory: string | undefined): FileContracts {
    const faults: ContractFault[] = []
    const found =
      directory === undefined ? [] : namesOf(directory, faults).flatMap((file) => read(directory, file, faults))
    const byTopic = new Map<string, Written>()
    for (const written of found) {
      const { contract, file, line } = written
      const first = byTopic.get(contract.topic)
      if (!first) byTopic.set(contract.topic, written)
      else
        faults.push({
          file,
          line,
          path: 'topic',
          message: `\`${contract.topic}\` has a contract in ${first.file}, line ${first.line}`,
        })
    }
    if (faults.length > 0) throw new ContractsError(faults)
    return new FileContracts(new Map([...byTopic].map(([topic, { contract }]) => [topic, contract])))
  }

  get(topic: string): Contract {
    return this.#byTopic.get(topic) ?? defaultContract(topic)
  }

  list(): readonly Contract[] {
    return [...this.#byTopic.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }
}

interface Written {
  contract: Contract
  file: string
  line: number
}

// By name only: files of a Kubernetes ConfigMap are symbolic links, beside folders whose names begin with a dot.
function namesOf(directory: string, faults: ContractFault[]): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
      .sort()
  } catch (error) {
    faults.push({ file: directory, path: '', message: `the folder of contracts cannot be read (${reasonOf(error)})` })
    return []
  }
}

function read(directory: string, file: string, faults: ContractFault[]): Written[] {
  let documents: LocatedYaml[]
  try {
    documents = readYaml(readFileSync(join(directory, file), 'utf8'))
  } catch (error) {
    faults.push({ file, path: '', message: `the file cannot be read (${reasonOf(error)})` })
    return []
  }
  return documents.flatMap((document) => {
    faults.push(...document.faults.map(({ line, message }) => ({ file, line, path: '', message })))
    if (document.faults.length > 0) return []
    const reading = readContract(document.value)
    if ('contract' in reading) return [{ contract: reading.contract, file, line: document.lineOf(['topic']) }]
    for (const { path, message } of reading.faults) {
      faults.push({ file, line: document.lineOf(path), path: path.join('.'), message })
    }
    return []
  })
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
