import { derivedKey } from '../signing/derived-key.ts'
import { SealedText } from '../signing/sealed-text.ts'
import { VarintReader, VarintWriter } from '../signing/varint.ts'
import type { LeaseRef } from './ledger/lease-ref.ts'

const macBytes = 16
const label = 'headgate lease'

/** A lease of one event, as its receiver has it. It grants nothing: whether the bearer may receive from the subscription is asked each time. */
export interface LeaseToken extends LeaseRef {
  subscription: string
  /** Kafka's id of the topic: what was leased of a topic is not acknowledged of another one that has its name now. */
  topicId: string
  partition: number
}

/** Lease tokens as opaque text, which any replica can read. The first secret signs, all verify. */
export class LeaseTokens {
  readonly #texts: SealedText

  constructor(secrets: readonly string[]) {
    const keys = secrets.map((secret) => derivedKey(secret, label))
    this.#texts = new SealedText(keys, macBytes)
  }

  sign({ subscription, topicId, partition, offset, run, lease, deliveries, until }: LeaseToken): string {
    const payload = new VarintWriter()
    payload.text(subscription)
    payload.text(topicId)
    for (const number of [partition, offset, run, lease, deliveries, until]) payload.number(number)
    return this.#texts.seal(payload.bytes())
  }

  /** Undefined for text that no secret signed. */
  verify(text: string): LeaseToken | undefined {
    const payload = this.#texts.open(text)
    if (!payload) return undefined
    const source = new VarintReader(payload)
    return {
      subscription: source.text(),
      topicId: source.text(),
      partition: source.number(),
      offset: source.number(),
      run: source.number(),
      lease: source.number(),
      deliveries: source.number(),
      until: source.number(),
    }
  }
}
