import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { LocalError } from './local-error.ts'

export interface LocalPorts {
  gateway: number
  kafka: number
  controller: number
  registry: number
  issuer: number
  examples: number
}

const defaults: LocalPorts = {
  gateway: 8080,
  kafka: 9092,
  controller: 9093,
  registry: 8081,
  issuer: 8082,
  examples: 8083,
}
const names = Object.keys(defaults) as (keyof LocalPorts)[]
const settingOf = (name: keyof LocalPorts): string => `HEADGATE_LOCAL_${name.toUpperCase()}_PORT`

export function portsFromEnvironment(env: NodeJS.ProcessEnv): LocalPorts {
  const ports = { ...defaults }
  for (const name of names) {
    const text = env[settingOf(name)]
    if (!text) continue
    const port = Number(text)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new LocalError(`${settingOf(name)} is ${JSON.stringify(text.slice(0, 40))}: it must be a port, 1 to 65535`)
    }
    ports[name] = port
  }
  return ports
}

/** Throws with every port that cannot be had, and the setting that changes it. */
export async function requireFreePorts(ports: LocalPorts): Promise<void> {
  const faults: string[] = []
  for (const name of names) {
    const port = ports[name]
    const twin = names.find((other) => ports[other] === port)
    if (twin && twin !== name) {
      faults.push(`port ${port} is given to ${twin} and to ${name}: set ${settingOf(name)} to another one`)
    } else if (!(await isFree(port))) {
      faults.push(`port ${port} (${name}) is in use: free it, or set ${settingOf(name)} to another one`)
    }
  }
  if (faults.length > 0) throw new LocalError(faults.join('\n'))
}

// Below those that the system gives to connections, one of which could have the port by the time that it is listened on.
const [lowest, highest] = [10_000, 32_000]
const mostAttempts = 100

/** Ports that nothing listens on now: all taken at once, so no two are the same. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()))
  const ports = servers.map((server) => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
    return address.port
  })
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  return ports
}

async function listenAnywhere(attempt = 1): ReturnType<typeof listen> {
  try {
    return await listen(randomInt(lowest, highest))
  } catch (error) {
    if (attempt === mostAttempts) throw error
    return listenAnywhere(attempt + 1)
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await using _server = await listen(port)
    return true
  } catch {
    return false
  }
}

function listen(port: number) {
  const server = createServer()
  return new Promise<typeof server>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
