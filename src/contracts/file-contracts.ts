import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../json/json-value.ts'
import type { Explanation } from '../yaml/explain-issue.ts'
import { readYaml } from '../yaml/located-yaml.ts'
import { type Contract, readContract } from './contract.ts'
import { type ContractFault, ContractsError } from './contracts-error.ts'

export interface FileContract {
  contract: Contract
  /** As it stands in the file. */
  written: JsonObject
  file: string
  line: number
}

export interface ContractFile {
  name: string
  /** Or why it cannot be read. */
  content: { text: string } | { reason: string }
}

/** What else a contract must not have here; nothing is added to those that are wrong anyway. */
export type Refuse = (contract: Contract) => Explanation[]

/** Contracts from YAML files, read once: one a document. */
export class FileContracts {
  readonly #byTopic: ReadonlyMap<string, FileContract>

  private constructor(byTopic: ReadonlyMap<string, FileContract>) {
    this.#byTopic = byTopic
  }

  /** Throws a ContractsError with every fault of every file. */
  static of(files: readonly ContractFile[], refuse: Refuse = () => []): FileContracts {
    const faults: ContractFault[] = []
    const byTopic = new Map<string, FileContract>()
    for (const found of files.flatMap((file) => contractsOf(file, faults, refuse))) {
      const { contract, file, line } = found
      const first = byTopic.get(contract.topic)
      if (!first) byTopic.set(contract.topic, found)
      else
        faults.push({
          file,
          line,
          path: 'topic',
          message: `\`${contract.topic}\` has a contract in ${first.file}, line ${first.line}`,
        })
    }
    if (faults.length > 0) throw new ContractsError(faults)
    return new FileContracts(byTopic)
  }

  find(topic: string): FileContract | undefined {
    return this.#byTopic.get(topic)
  }

  get topics(): string[] {
    return [...this.#byTopic.keys()]
  }

  list(): readonly Contract[] {
    return [...this.#byTopic.values()].map(({ contract }) => contract).sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }
}

/** Throws a ContractsError where there is no such folder. */
export function readFiles(directory: string): ContractFile[] {
  const names = attempted(() => readdirSync(directory))
  if ('reason' in names) throw noFolder(directory, names.reason)
  return contractNames(names.value).map((name) => {
    const read = attempted(() => readFileSync(join(directory, name), 'utf8'))
    return { name, content: 'reason' in read ? read : { text: read.value } }
  })
}

/** The same, without holding up anything else. */
export async function readFilesLater(directory: string): Promise<ContractFile[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw noFolder(directory, reasonOf(error))
  })
  const contentOf = (name: string) =>
    readFile(join(directory, name), 'utf8').then(
      (text) => ({ text }),
      (error: unknown) => ({ reason: reasonOf(error) }),
    )
  return Promise.all(contractNames(names).map(async (name) => ({ name, content: await contentOf(name) })))
}

// By name only: files of a Kubernetes ConfigMap are symbolic links, beside folders whose names begin with a dot.
const contractNames = (names: readonly string[]): string[] =>
  names.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.')).sort()

function contractsOf({ name: file, content }: ContractFile, faults: ContractFault[], refuse: Refuse): FileContract[] {
  if ('reason' in content) {
    faults.push({ file, path: '', message: `the file cannot be read (${content.reason})` })
    return []
  }
  return readYaml(content.text).flatMap((document) => {
    faults.push(...document.faults.map(({ line, message }) => ({ file, line, path: '', message })))
    if (document.faults.length > 0) return []
    const reading = readContract(document.value)
    const found = 'contract' in reading ? refuse(reading.contract) : reading.faults
    for (const { path, message } of found) {
      faults.push({ file, line: document.lineOf(path), path: path.join('.'), message })
    }
    if (!('contract' in reading)) return []
    const written = document.value as JsonObject
    return [{ contract: reading.contract, written, file, line: document.lineOf(['topic']) }]
  })
}

function noFolder(file: string, reason: string): ContractsError {
  return new ContractsError([{ file, path: '', message: `the folder of contracts cannot be read (${reason})` }])
}

function attempted<T>(read: () => T): { value: T } | { reason: string } {
  try {
    return { value: read() }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
