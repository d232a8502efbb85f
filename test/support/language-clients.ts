import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { provideGo } from '../../local/go.ts'
import { provideJava } from '../../local/java.ts'
import { runMaven } from '../../local/maven.ts'
import { stateDirectory } from '../../local/paths.ts'
import { withProgress } from '../../local/progress.ts'
import { provideFolder } from '../../local/provide-folder.ts'
import { runCommand } from '../../local/run-command.ts'
import { provideVenv } from '../../local/venv.ts'
import { clientsDirectory } from './everything-cases.ts'
import { sharedParts } from './parts.ts'
import { requirementsIn } from './requirements.ts'

const limitMs = 60_000
const outputBytes = 64 * 2 ** 20

export interface ClientEvent {
  key: string | null
  schemaId: number
  datum: unknown
}

export interface ClientPosition {
  partition: number
  offset: number
}

export interface ClientRecord extends ClientPosition {
  key: string | null
  datum: unknown
}

/** A program of test/clients, ready to run. */
export class LanguageClient {
  readonly #file: string
  readonly #args: readonly string[]

  constructor(file: string, ...args: readonly string[]) {
    this.#file = file
    this.#args = args
  }

  /** By the schema of that id, or else by those that wrote. */
  read(topic: string, readerId?: number): Promise<ClientRecord[]> {
    return this.#run('read', readerId === undefined ? [topic] : [topic, String(readerId)], '')
  }

  write(topic: string, events: readonly ClientEvent[]): Promise<ClientPosition[]> {
    return this.#run('write', [topic], events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }

  async #run<T>(verb: string, words: readonly string[], input: string): Promise<T[]> {
    const { kafka, registry } = sharedParts()
    const args = [...this.#args, verb, kafka.bootstrap, registry.url, ...words]
    const running = promisify(execFile)(this.#file, args, { maxBuffer: outputBytes, timeout: limitMs })
    running.child.stdin?.end(input)
    const { stdout } = await running
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  }
}

/** Builds a client with the tools of its language, which are fetched first where they are absent. */
export const languageClients: Readonly<Record<string, () => Promise<LanguageClient>>> = {
  Python: async () => new LanguageClient(await providePython(), '-B', join(clientsDirectory, 'python', 'client.py')),

  Go: async () => new LanguageClient(await buildGo('client')),

  Java: async () => {
    const java = await provideJava()
    const sources = globSync(join(clientsDirectory, 'java', '*.java')).sort()
    const pom = join(clientsDirectory, 'java', 'pom.xml')
    const folder = await provideFolder(
      join(stateDirectory, 'clients', 'java', digestOf([pom, ...sources])),
      'Fetching the Kafka client and Avro for Java by Maven, and building with them',
      async (unfinished) => {
        await runMaven(['-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`])
        const jars = globSync(join(unfinished, '*.jar')).join(delimiter)
        const compiler = ['-cp', jars, 'org.eclipse.jdt.internal.compiler.batch.Main']
        await runCommand(java, [...compiler, '-17', '-cp', jars, '-d', unfinished, ...sources])
      },
    )
    const classPath = [folder, join(folder, '*')].join(delimiter)
    return new LanguageClient(java, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath, 'Client')
  },
}

/** A Python that has what the programs of test/clients/python import. */
export async function providePython(): Promise<string> {
  const packages = requirementsIn(join(clientsDirectory, 'python', 'requirements.txt'))
  const { python } = await provideVenv({ title: 'the clients of Kafka and of streams for Python', packages })
  return python
}

/** A program of test/clients/go. */
export async function buildGo(name: 'client' | 'follow'): Promise<string> {
  const go = await provideGo()
  const program = join(stateDirectory, 'clients', 'go', name)
  const source = name === 'client' ? '.' : `./${name}`
  await withProgress(`Building the Go program ${name}`, () =>
    runCommand(go, ['build', '-C', join(clientsDirectory, 'go'), '-o', program, source]),
  )
  return program
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file)).update('\0')
  return hash.digest('hex').slice(0, 16)
}
