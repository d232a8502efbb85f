import type { NetworkInterfaceInfo } from 'node:os'
import type { Config } from '../config/config.ts'

type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family' | 'internal'>[] | undefined>
>

const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::', ''])

/** `HOST:PORT` by which others reach what listens at `host` on this port. */
export function advertisedAddress(
  { host, advertise }: Config['internal'],
  port: number,
  interfaces: Interfaces,
): string {
  if (advertise !== undefined) return /:\d+$/.test(advertise) ? advertise : `${advertise}:${port}`
  return `${bracketed(everywhere.has(host) ? outsideAddress(interfaces) : host)}:${port}`
}

/** Nobody else's machine has it. */
export const isLoopback = (address: string): boolean => /^(127\.|localhost:|\[::1\])/.test(address)

function outsideAddress(interfaces: Interfaces): string {
  const outside = Object.values(interfaces).flatMap((addresses) =>
    (addresses ?? []).filter(({ internal }) => !internal),
  )
  const found =
    outside.find(({ family }) => family === 'IPv4') ?? outside.find(({ address }) => !/^fe[89ab]/i.test(address))
  return found?.address ?? '127.0.0.1'
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
