import { createHmac, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '../signing/derived-key.ts'

export interface Peer {
  /** `HOST:PORT` of its internal listener. */
  address: string
  /** Another one after each start, so that no call reaches who came after the one that is meant. */
  instance: string
}

const macBytes = 12
const pattern = /^headgate\/([^/]+)\/([A-Za-z0-9_-]+)\/([A-Za-z0-9_-]{16})$/

/**
 * A replica as the `client.id` of a group's member: `headgate/HOST:PORT/INSTANCE/MAC`. Whoever may join a group in Kafka can
 * name any address there; only who has the secret can name one that is called.
 */
export class PeerNames {
  readonly #keys: readonly Buffer[]

  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => derivedKey(secret, 'headgate peer name'))
  }

  nameOf(peer: Peer): string {
    const [first] = this.#keys
    if (!first) throw new Error('there is no secret to sign names with')
    return `headgate/${peer.address}/${peer.instance}/${macOf(first, peer).toString('base64url')}`
  }

  /** Undefined for the `client.id` of any other program. */
  peerOf(clientId: string): Peer | undefined {
    const [, address = '', instance = '', mac = ''] = pattern.exec(clientId) ?? []
    const given = Buffer.from(mac, 'base64url')
    const peer = { address, instance }
    const isOurs = this.#keys.some((key) => given.length === macBytes && timingSafeEqual(macOf(key, peer), given))
    return isOurs ? peer : undefined
  }
}

const macOf = (key: Buffer, { address, instance }: Peer): Buffer =>
  createHmac('sha256', key).update(`${address}/${instance}`).digest().subarray(0, macBytes)
