import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from './answers.ts'
import { provideRegistry } from './jars.ts'
import { provideJava } from './java.ts'
import { LocalError } from './local-error.ts'
import { RunningPart, type StartOptions } from './running-part.ts'

export interface RegistryOptions extends StartOptions {
  port: number
  dataDirectory: string
  logFile: string
}

const answerLimitMs = 5_000
const schemaType = 'application/vnd.schemaregistry.v1+json'

export const registryUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`

/** Apicurio Registry with its data in files: ids stay what the records in Kafka say, also after a power cut. */
export async function startRegistry(options: RegistryOptions): Promise<RunningPart> {
  const [java, folder] = [await provideJava(options.signal), await provideRegistry(options.signal)]
  const temporary = join(options.dataDirectory, 'temporary')
  mkdirSync(temporary, { recursive: true })
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': options.port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': 0,
    'quarkus.banner.enabled': false,
    'quarkus.http.access-log.enabled': false,
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'h2',
    'apicurio.datasource.url': `jdbc:h2:file:${join(options.dataDirectory, 'registry')};WRITE_DELAY=0`,
    'java.io.tmpdir': temporary,
  }
  const properties = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`)
  const part = await RunningPart.start(
    {
      name: 'registry',
      file: java,
      args: ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', ...properties, '-jar', 'quarkus-run.jar'],
      cwd: folder,
      logFile: options.logFile,
      isReady: () => answers(`${registryUrl(options.port)}/subjects`),
      readyLimitMs: 90_000,
    },
    options,
  )
  try {
    await requireBackwardCompatibility(registryUrl(options.port))
    return part
  } catch (error) {
    await part[Symbol.asyncDispose]()
    throw error
  }
}

export interface SchemaRegistration {
  subject: string
  schema: string
}

/** Answers the schema's id; the same schema under the same subject keeps its id. */
export async function registerSchema(url: string, { subject, schema }: SchemaRegistration): Promise<number> {
  const body = { schema, schemaType: 'AVRO' }
  const { id } = (await ask(`${url}/subjects/${encodeURIComponent(subject)}/versions`, 'POST', body)) as { id: number }
  return id
}

// Confluent's default is BACKWARD, Apicurio's NONE.
async function requireBackwardCompatibility(url: string): Promise<void> {
  await ask(`${url}/config`, 'PUT', { compatibility: 'BACKWARD' })
}

async function ask(url: string, method: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': schemaType },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(answerLimitMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new LocalError(`the registry answered ${answer.status} to ${method} ${url}: ${text}`)
  return JSON.parse(text)
}
