import type { Event } from '../reading/event.ts'
import { type EventWish, wishedEvent } from '../reading/matching-events.ts'
import type { MessageKind } from './forms/stream-form.ts'
import type { StreamRecord } from './stream-record.ts'

export interface ViewedRecord {
  kind: MessageKind
  json: string
}

/** What readers with the same options see of a record. Made once a record, however many read it. */
export class View {
  readonly key: string
  readonly wish: EventWish
  #last: { of: StreamRecord; seen: ViewedRecord | undefined } | undefined

  constructor(wish: EventWish) {
    this.key = View.keyOf(wish)
    this.wish = wish
  }

  /** Equal for those who see the same. */
  static keyOf({ longs, filter, fields, unmasked }: EventWish): string {
    return JSON.stringify([longs, filter?.text, fields?.text, ...[...unmasked].sort()])
  }

  /** Undefined: the filter leaves it out. */
  of(record: StreamRecord): ViewedRecord | undefined {
    if (this.#last?.of !== record) this.#last = { of: record, seen: this.#see(record) }
    return this.#last.seen
  }

  #see({ record, eventAs }: StreamRecord): ViewedRecord | undefined {
    const event = wishedEvent(eventAs, this.wish)
    return event && { kind: kindOf(record.value === null, event), json: JSON.stringify(event) }
  }
}

function kindOf(isTombstone: boolean, { error }: Event): MessageKind {
  if (isTombstone) return 'tombstone'
  return error ? 'undecodable' : 'event'
}
