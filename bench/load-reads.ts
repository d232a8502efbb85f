/**
 * Reads through the gateway, each from a random one of the cursors, one after another. Reads {@link ReadsLoad}, prints
 * {@link LoadResult}.
 */
import { Agent, request } from 'undici'
import { runReads } from './reads.ts'

export interface ReadsLoad {
  /** With topic and limit. */
  url: string
  headers: Record<string, string>
  cursors: readonly string[]
  seconds: number
}

const load = JSON.parse(process.argv[2] as string) as ReadsLoad
const dispatcher = new Agent({ connections: 1 })

const result = await runReads(load.seconds, async () => {
  const cursor = load.cursors[Math.floor(Math.random() * load.cursors.length)]
  const { statusCode, body } = await request(`${load.url}&cursor=${cursor}`, { headers: load.headers, dispatcher })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(text)
  // Parsing them would take this process longer than it takes the gateway to write them.
  return text.split('{"topic":').length - 1
})
process.stdout.write(JSON.stringify(result))
await dispatcher.close()
