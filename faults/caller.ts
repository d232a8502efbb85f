import { type Answered, type AnswerLog, type Ending, endings } from './answer-log.ts'
import { all, type HttpAnswer, readAnswer } from './answers.ts'
import { type PublishRequest, requestOf, sizeOf, type Way } from './requests.ts'

export interface CallerParts {
  url: string
  topic: string
  token: string
  log: AnswerLog
}

export const deadlineMs = 10_000
// Nobody waits longer for an answer that does not come: it is late by then.
const patienceMs = 30_000

/** Sends requests with events of their own ids, and logs what is answered. */
export class Caller {
  /** Events so far, by what became of them. */
  readonly counts = Object.fromEntries(endings.map((ending) => [ending, 0])) as Record<Ending, number>
  readonly #parts: CallerParts
  #ids = 0

  constructor(parts: CallerParts) {
    this.#parts = parts
  }

  /** @param waitSeconds lowers the deadline. */
  async send(way: Way, round: number, waitSeconds?: number): Promise<Answered> {
    const { topic, log } = this.#parts
    const ids = Array.from({ length: sizeOf(way) }, () => ++this.#ids)
    const request = requestOf(way, topic, round, ids)
    const deadline = waitSeconds === undefined ? deadlineMs : waitSeconds * 1_000
    // A line that finds no room is not taken at first: it waits for Kafka as long as the whole deadline.
    const limitMs = way === 'lines' ? deadlineMs + deadline : deadline
    const number = log.ask({ way, ids, limitMs })
    const startedAt = performance.now()
    const reading = await this.#exchange(way, request, waitSeconds)
    const answered = { ...reading, ms: Math.round(performance.now() - startedAt) }
    log.answer(number, answered)
    for (const ending of answered.endings) this.counts[ending]++
    return answered
  }

  async #exchange(way: Way, request: PublishRequest, waitSeconds: number | undefined) {
    const count = request.ids.length
    try {
      return readAnswer(way, count, await this.#post(request, waitSeconds))
    } catch (error) {
      const { code } = (error as { cause?: { code?: string } }).cause ?? {}
      return all(count, code === 'ECONNREFUSED' ? 'unsent' : 'unanswered')
    }
  }

  async #post({ path, contentType, body }: PublishRequest, waitSeconds: number | undefined): Promise<HttpAnswer> {
    const { url, token } = this.#parts
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': contentType,
        ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
      },
      body,
      signal: AbortSignal.timeout(patienceMs),
    })
    const answer: HttpAnswer = {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      text: '',
      isCut: false,
    }
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) answer.text += decoder.decode(chunk, { stream: true })
    } catch {
      answer.isCut = true
    }
    return answer
  }
}
