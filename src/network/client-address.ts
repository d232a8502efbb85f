import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { AddressList } from './address-list.ts'

/** What a request shows of where it comes from. */
export type Arrived = Pick<IncomingMessage, 'headers' | 'socket'>

interface Client {
  address: string | undefined
  isSecure: boolean
}

// On the request itself: a WeakMap of requests would keep each of them until the next full garbage collection.
const client = Symbol('client')
type Seen = Arrived & { [client]?: Client }

/**
 * Who asks, by address: the other end of the connection, or whom trusted proxies say that they ask for. An IPv4 address is
 * never in the form of an IPv6 one. Undefined once the connection is gone.
 */
export function clientAddress(req: Arrived): string | undefined {
  const known = (req as Seen)[client]
  return known ? known.address : peerAddress(req.socket)
}

/** Whether the client speaks TLS, to the gateway or to a trusted proxy. */
export function isSecure(req: Arrived): boolean {
  return (req as Seen)[client]?.isSecure ?? isEncrypted(req)
}

/** The other end of a connection, whoever it speaks for. */
export function peerAddress(socket: { readonly remoteAddress?: string | undefined }): string | undefined {
  return socket.remoteAddress && plainAddress(socket.remoteAddress)
}

/** The peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; those of anybody else are never looked at. */
export class TrustedProxies {
  readonly #list: AddressList

  constructor(addresses: readonly string[]) {
    this.#list = new AddressList(addresses)
  }

  /** To be called with each request, before anyone asks for its client. */
  look(req: Arrived): void {
    const peer = peerAddress(req.socket)
    if (!this.#list.has(peer)) return
    ;(req as Seen)[client] = { address: this.#clientBehind(peer, req), isSecure: saidSecure(req) ?? isEncrypted(req) }
  }

  /**
   * Each proxy adds the address of its own peer at the end: read from there, an address counts as long as whoever added it is
   * trusted. What is no address ends the search, as nobody can be asked about what stands before it.
   */
  #clientBehind(peer: string | undefined, { headers }: Arrived): string | undefined {
    let known = peer
    for (const text of elementsOf(headers['x-forwarded-for']).reverse()) {
      const address = addressIn(text)
      if (address === undefined) return known
      known = address
      if (!this.#list.has(address)) return known
    }
    return known
  }
}

// A header that comes twice is one list, in order (RFC 9110 §5.3): Node joins these.
const elementsOf = (header: string | string[] | undefined): string[] =>
  header === undefined ? [] : String(header).split(',')

/** Some proxies add the port. */
const withPort = /^(?:(?<v4>[\d.]+)|\[(?<v6>[^\]]*)\])(?::\d{1,5})?$/

function addressIn(text: string): string | undefined {
  const trimmed = text.trim()
  const { v4, v6 } = withPort.exec(trimmed)?.groups ?? {}
  const address = v4 ?? v6 ?? trimmed
  return isIP(address) === 0 ? undefined : plainAddress(address)
}

const mapped = /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i

/** Without the interface (RFC 4007 §11), and without the IPv6 form that sockets of both families give to IPv4. */
function plainAddress(address: string): string {
  const [bare = ''] = address.split('%', 1)
  return mapped.exec(bare)?.groups?.v4 ?? bare.toLowerCase()
}

/** The last one is of the proxy that was looked at; those before it may be the client's own. */
function saidSecure({ headers }: Arrived): boolean | undefined {
  const said = elementsOf(headers['x-forwarded-proto']).at(-1)?.trim().toLowerCase()
  if (said === 'https' || said === 'wss') return true
  return said === 'http' || said === 'ws' ? false : undefined
}

const isEncrypted = ({ socket }: Arrived): boolean => 'encrypted' in socket
