import type { Event } from '../reading/event.ts'
import type { DecodeOptions } from '../schemas/event-codec.ts'
import type { MessageKind } from './forms/stream-form.ts'
import type { StreamRecord } from './stream-record.ts'

export interface ViewOptions extends DecodeOptions {}

export interface ViewedRecord {
  kind: MessageKind
  json: string
}

/** What readers with the same options see of a record. Made once a record, however many read it. */
export class View {
  readonly key: string
  readonly #options: ViewOptions
  #last: { of: StreamRecord; seen: ViewedRecord | undefined } | undefined

  constructor(options: ViewOptions) {
    this.key = View.keyOf(options)
    this.#options = options
  }

  static keyOf({ longs }: ViewOptions): string {
    return JSON.stringify([longs])
  }

  /** Undefined: the filter leaves it out. */
  of(record: StreamRecord): ViewedRecord | undefined {
    if (this.#last?.of !== record) this.#last = { of: record, seen: this.#see(record) }
    return this.#last.seen
  }

  #see({ record, eventAs }: StreamRecord): ViewedRecord | undefined {
    const event = eventAs(this.#options)
    return { kind: kindOf(record.value === null, event), json: JSON.stringify(event) }
  }
}

function kindOf(isTombstone: boolean, { error }: Event): MessageKind {
  if (isTombstone) return 'tombstone'
  return error ? 'undecodable' : 'event'
}
