import { BlockList, isIP, isIPv4 } from 'node:net'

const network = /^(?<address>[0-9A-Fa-f.:]+)(?:\/(?<bits>\d{1,3}))?$/

interface Network {
  address: string
  bits: number
  family: 'ipv4' | 'ipv6'
}

/** Undefined for what is neither an address nor a network. */
export function parseNetwork(text: string): Network | undefined {
  const { address = '', bits } = network.exec(text)?.groups ?? {}
  const version = isIP(address)
  if (version === 0) return undefined
  const most = version === 4 ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  return length <= most ? { address, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined
}

/** Addresses and networks. An IPv4 address is the same in the form that a socket of both families gives it (`::ffff:…`). */
export class AddressList {
  readonly #list = new BlockList()

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      const parsed = parseNetwork(text)
      if (parsed) this.#list.addSubnet(parsed.address, parsed.bits, parsed.family)
    }
  }

  /** @param peer the other end of a connection; undefined once it is gone. */
  has(peer: string | undefined): boolean {
    // RFC 4007 §11: what follows the % names an interface of this machine.
    const address = peer?.split('%', 1)[0] ?? ''
    return isIP(address) !== 0 && this.#list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}
