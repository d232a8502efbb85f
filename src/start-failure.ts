import { ConfigError } from './config/config-error.ts'
import { ContractsError } from './contracts/contracts-error.ts'

const client = '@confluentinc/kafka-javascript'

/** What a person can do about a start that failed; undefined where only the error itself tells. */
export function startFailure(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof ContractsError) return error.message
  if (!(error instanceof Error)) return undefined
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (syscall === 'listen') return `Cannot listen on ${address}, port ${port ?? 'any'}: ${listenFault(code)}.`
  if (isAddonFailure(error)) {
    return [
      `The native part of the Kafka client is missing, or was built for another Node than ${process.version}.`,
      `Run ./headgate up, which installs it, or: npm rebuild ${client}`,
    ].join('\n')
  }
  return undefined
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has it. Set HEADGATE_HTTP_PORT to a free one',
  EADDRNOTAVAIL: 'this machine does not have the address. Set HEADGATE_HTTP_HOST to one that it has',
  EACCES: 'it is not allowed. Set HEADGATE_HTTP_PORT to 1024 or more',
}

const listenFault = (code = ''): string => listenFaults[code] ?? code

function isAddonFailure({ message, code }: Error & { code?: string }): boolean {
  if (code === 'ERR_DLOPEN_FAILED' || message.includes('Could not locate the bindings file')) return true
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(client)
}
