import { join } from 'node:path'
import { answers } from '../local/answers.ts'
import { provideGo } from '../local/go.ts'
import { stateDirectory } from '../local/paths.ts'
import { withProgress } from '../local/progress.ts'
import { runCommand } from '../local/run-command.ts'
import { RunningPart } from '../local/running-part.ts'

export interface ToldAnswer {
  code: number
  /** Whether the records are appended all the same. */
  appended: boolean
}

export interface FakeKafkaOptions {
  port: number
  controlPort: number
  topic: string
  logFile: string
}

const controlLimitMs = 5_000

/** franz-go's fake broker, which answers produce requests as it is told. It is no judge of durability: it keeps nothing. */
export class FakeKafka implements AsyncDisposable {
  readonly #part: RunningPart
  readonly #control: string

  private constructor(part: RunningPart, control: string) {
    this.#part = part
    this.#control = control
  }

  static async start({ port, controlPort, topic, logFile }: FakeKafkaOptions): Promise<FakeKafka> {
    const program = await buildFakeKafka()
    const control = `http://127.0.0.1:${controlPort}/answers`
    const part = await RunningPart.start({
      name: 'fake-kafka',
      file: program,
      args: [`-kafka-port=${port}`, `-control-port=${controlPort}`, `-topics=${topic}`],
      logFile,
      isReady: () => answers(control),
      readyLimitMs: 20_000,
    })
    return new FakeKafka(part, control)
  }

  /** The answers to the next produce requests, one each. */
  async tell(next: readonly ToldAnswer[]): Promise<void> {
    await this.#ask('PUT', JSON.stringify(next))
  }

  /** How many of the told answers were not asked for; from here on it answers as Kafka does. */
  async untell(): Promise<number> {
    const left = Number(await this.#ask('GET'))
    await this.#ask('DELETE')
    return left
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#part[Symbol.asyncDispose]()
  }

  async #ask(method: string, body?: string): Promise<string> {
    const signal = AbortSignal.timeout(controlLimitMs)
    const answer = await fetch(this.#control, { method, signal, ...(body !== undefined && { body }) })
    if (!answer.ok) throw new Error(`the fake Kafka answered ${answer.status}: ${await answer.text()}`)
    return answer.text()
  }
}

async function buildFakeKafka(): Promise<string> {
  const go = await provideGo()
  const program = join(stateDirectory, 'faults', 'fake-kafka')
  const cwd = join(import.meta.dirname, 'fake-kafka')
  await withProgress('Building the fake Kafka', () => runCommand(go, ['build', '-o', program, '.'], { cwd }))
  return program
}
