import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Way } from './requests.ts'

/**
 * What a caller knows of one event afterwards. Beside the outcomes of the API: `turned-away`, a 503 for the whole request;
 * `not-taken`, a line after the last one that an ended stream names; `unsent`, no connection was to be had; `unanswered`,
 * the connection broke before an answer.
 */
export const endings = [
  'published',
  'refused',
  'withheld',
  'failed',
  'unknown',
  'turned-away',
  'not-taken',
  'unsent',
  'unanswered',
] as const
export type Ending = (typeof endings)[number]

export interface Place {
  partition: number
  offset: number
}

/** One request and what was answered, each array in the order of its events. */
export interface Exchange {
  way: Way
  ids: readonly number[]
  /** Within which the answer is promised. */
  limitMs: number
  ms: number
  endings: readonly Ending[]
  places: readonly (Place | null)[]
  /** How the answer is not one of the documented ones. */
  oddity?: string
}

export type Asked = Pick<Exchange, 'way' | 'ids' | 'limitMs'>
export type Answered = Omit<Exchange, keyof Asked>

type LogLine = { asked: number } & (Asked | Answered)

/** An append-only file of all requests and answers of a run. A request is in it before it is sent. */
export class AnswerLog implements Disposable {
  readonly #file: number
  #requests = 0

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** Answers the request's number, to give with its answer. */
  ask(asked: Asked): number {
    const request = ++this.#requests
    this.#append({ asked: request, ...asked })
    return request
  }

  answer(request: number, answered: Answered): void {
    this.#append({ asked: request, ...answered })
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #append(line: LogLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

/** The exchanges of a log. A request without an answer is one that nobody waited for, which is a fault of its own. */
export function readAnswerLog(path: string): Exchange[] {
  const exchanges = new Map<number, Exchange>()
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue
    const { asked, ...line } = JSON.parse(text) as LogLine
    const known = exchanges.get(asked)
    if (known) Object.assign(known, { oddity: undefined }, line)
    else exchanges.set(asked, neverAnswered(line as Asked))
  }
  return [...exchanges.values()]
}

const neverAnswered = (asked: Asked): Exchange => ({
  ...asked,
  ms: 0,
  endings: asked.ids.map(() => 'unanswered'),
  places: asked.ids.map(() => null),
  oddity: 'the log has no answer',
})
