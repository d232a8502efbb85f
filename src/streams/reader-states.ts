// The states of a reader, as docs/streams.md describes them.

export type ReaderState = 'reading' | 'waiting' | 'live' | 'lagging' | 'closing' | 'closed'
export type ReaderInput = 'page' | 'covered' | 'full' | 'drained' | 'moved' | 'end' | 'gone'

/** `null` cannot happen. */
export const readerTransitions: Readonly<Record<ReaderState, Readonly<Record<ReaderInput, ReaderState | null>>>> = {
  reading: {
    page: 'reading',
    covered: 'live',
    full: 'waiting',
    drained: 'reading',
    moved: 'reading',
    end: 'closing',
    gone: 'closed',
  },
  waiting: {
    page: 'waiting',
    covered: 'lagging',
    full: 'waiting',
    drained: 'reading',
    moved: 'waiting',
    end: 'closing',
    gone: 'closed',
  },
  live: {
    page: null,
    covered: null,
    full: 'lagging',
    drained: 'live',
    moved: 'reading',
    end: 'closing',
    gone: 'closed',
  },
  lagging: {
    page: null,
    covered: null,
    full: 'lagging',
    drained: 'live',
    moved: 'waiting',
    end: 'closing',
    gone: 'closed',
  },
  closing: {
    page: 'closing',
    covered: 'closing',
    full: 'closing',
    drained: 'closing',
    moved: 'closing',
    end: 'closing',
    gone: 'closed',
  },
  closed: {
    page: 'closed',
    covered: 'closed',
    full: 'closed',
    drained: 'closed',
    moved: 'closed',
    end: 'closed',
    gone: 'closed',
  },
}

export function stateAfter(state: ReaderState, input: ReaderInput): ReaderState {
  const next = readerTransitions[state][input]
  if (!next) throw new Error(`a ${state} reader cannot take "${input}"`)
  return next
}
