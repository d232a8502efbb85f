import { createHash } from 'node:crypto'
import { formatTime } from '../json/time.ts'
import type { RecordHeader, StoredRecord } from '../kafka/record.ts'
import { derivedKey } from '../signing/derived-key.ts'
import { SealedText } from '../signing/sealed-text.ts'
import type { RejectedEvent, Rejection } from './ledger/ledger-event.ts'

type Origin = Pick<StoredRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>

export interface DeadLetter {
  subscription: string
  why: 'rejected' | 'deliveries'
  /** As the receiver said it. */
  reason: string | null
  /** Milliseconds since the epoch, as all times here. */
  at: number
  origin: Origin
  /** Those that the event had. */
  headers: readonly RecordHeader[]
}

const prefix = 'headgate-dead-letter-'
const firstHeader = `${prefix}why`
const sealHeader = `${prefix}seal`
const macBytes = 16

/**
 * What is said of an event in the headers of its dead letter. Who may publish to the topic of dead letters could write such headers,
 * too, and have receivers take whatever they like for an event of another topic: so they are sealed.
 */
export class DeadLetterHeaders {
  readonly #seals: SealedText

  constructor(secrets: readonly string[]) {
    const keys = secrets.map((secret) => derivedKey(secret, 'headgate dead letter'))
    this.#seals = new SealedText(keys, macBytes)
  }

  /** All headers of the letter. */
  write(
    subscription: string,
    { record, deliveries, rejection }: RejectedEvent<StoredRecord>,
    now: number,
  ): RecordHeader[] {
    const headers = [...record.headers, ...reasons(subscription, record, deliveries, rejection, now)]
    const seal = this.#seals.seal(digestOf({ ...record, headers }))
    return [...headers, { name: sealHeader, value: Buffer.from(seal) }]
  }

  /** Undefined for what is no dead letter, or not as it was written. */
  read(record: StoredRecord): DeadLetter | undefined {
    const headers = record.headers.slice(0, -1)
    const seal = record.headers.at(-1)
    if (seal?.name !== sealHeader) return undefined
    const sealed = this.#seals.open(seal.value?.toString() ?? '')
    if (!sealed?.equals(digestOf({ ...record, headers }))) return undefined
    const first = headers.findLastIndex(({ name }) => name === firstHeader)
    const said = new Map(headers.slice(first).map(({ name, value }) => [name.slice(prefix.length), String(value)]))
    const timeOf = (name: string): number => Date.parse(said.get(name) ?? '')
    return {
      subscription: said.get('subscription') ?? '',
      why: said.get('why') === 'rejected' ? 'rejected' : 'deliveries',
      reason: said.get('reason') ?? null,
      at: timeOf('at'),
      origin: {
        topic: said.get('topic') ?? '',
        partition: Number(said.get('partition')),
        offset: Number(said.get('offset')),
        timestamp: said.has('timestamp') ? timeOf('timestamp') : -1,
      },
      headers: headers.slice(0, first),
    }
  }
}

function reasons(
  subscription: string,
  { topic, partition, offset, timestamp }: StoredRecord,
  deliveries: number,
  rejection: Rejection,
  now: number,
): RecordHeader[] {
  const isByReceiver = rejection.cause === 'receiver'
  const texts: [name: string, text: string | null][] = [
    ['why', isByReceiver ? 'rejected' : 'deliveries'],
    ['reason', isByReceiver ? rejection.reason : null],
    ['by', isByReceiver ? rejection.by : null],
    ['at', formatTime(now)],
    ['subscription', subscription],
    ['topic', topic],
    ['partition', String(partition)],
    ['offset', String(offset)],
    ['timestamp', timestamp < 0 ? null : formatTime(timestamp)],
    ['deliveries', String(deliveries)],
  ]
  return texts.flatMap(([name, text]) => (text === null ? [] : [{ name: prefix + name, value: Buffer.from(text) }]))
}

/** Each part with its length before it: no two letters have the same. */
function digestOf({ key, value, headers }: Pick<StoredRecord, 'key' | 'value' | 'headers'>): Buffer {
  const hash = createHash('sha256')
  const add = (part: Buffer | null): void => {
    hash.update(`${part ? part.length : -1}:`)
    if (part) hash.update(part)
  }
  add(key)
  add(value)
  for (const { name, value: text } of headers) {
    add(Buffer.from(name))
    // Kafka's client cannot tell an absent value from an empty one.
    add(text ?? Buffer.alloc(0))
  }
  return hash.digest()
}
