import type { Ending, Place } from './answer-log.ts'
import type { Way } from './requests.ts'

export interface HttpAnswer {
  status: number
  retryAfter: string | null
  text: string
  /** The connection broke before the end of the body. */
  isCut: boolean
}

export interface AnswerReading {
  endings: Ending[]
  places: (Place | null)[]
  oddity?: string
}

interface OutcomeBody {
  outcome: Ending
  partition?: number
  offset?: number
}

type Body = Partial<OutcomeBody> & { code?: string; outcomes?: OutcomeBody[] }

const turnedAway = new Set([
  '503 kafka-unavailable',
  '503 gateway-full',
  '503 gateway-stopping',
  '503 registry-unavailable',
  '503 issuer-unavailable',
])
const endingOfOne: Readonly<Record<string, Ending>> = {
  '422 event-refused': 'refused',
  '413 event-too-large': 'failed',
  '422 timestamp-not-allowed': 'failed',
  '503 kafka-rejected': 'failed',
  '504 outcome-unknown': 'unknown',
}
/** The status and problem code of a batch whose events all came to the same outcome. */
const commonAnswers: Partial<Record<Ending, string>> = {
  published: '201 -',
  refused: '422 batch-refused',
  failed: '503 batch-failed',
  unknown: '504 outcome-unknown',
}

/** What an answer says of each of `count` events, and whether it is one that the API documents. */
export function readAnswer(way: Way, count: number, answer: HttpAnswer): AnswerReading {
  if (way === 'lines' && answer.status === 200) return readLines(count, answer)
  if (answer.isCut) return all(count, 'unanswered')
  const body = parsed(answer.text) as Body | undefined
  if (!body) return odd(count, answer, 'is no JSON')
  const answered = `${answer.status} ${body.code ?? '-'}`
  if (turnedAway.has(answered)) {
    return answer.retryAfter === null ? odd(count, answer, 'has no Retry-After') : all(count, 'turned-away')
  }
  if (way === 'one') return readOne(answered, body, answer)
  if (way === 'lines') return odd(count, answer, 'is not documented for lines')
  return readBatch(count, answered, body, answer)
}

function readOne(answered: string, body: Body, answer: HttpAnswer): AnswerReading {
  if (answered === '201 -') return { endings: ['published'], places: [placeOf(body)] }
  const ending = endingOfOne[answered]
  return ending ? all(1, ending) : odd(1, answer, 'is not documented for one event')
}

function readBatch(count: number, answered: string, { outcomes }: Body, answer: HttpAnswer): AnswerReading {
  if (outcomes?.length !== count) return odd(count, answer, `does not have ${count} outcomes`)
  const endings = outcomes.map(({ outcome }) => outcome)
  const first = endings[0] as Ending
  const expected = (endings.every((ending) => ending === first) && commonAnswers[first]) || '207 -'
  const reading: AnswerReading = { endings, places: outcomes.map(placeOf) }
  if (answered !== expected) reading.oddity = `${answered} where ${expected} is documented`
  return reading
}

/** Outcomes come in the order of the lines; an ended answer says which line was the last one taken. */
function readLines(count: number, { text, isCut }: HttpAnswer): AnswerReading {
  const reading = all(count, 'unanswered')
  const pieces = text.split('\n')
  pieces.pop()
  let next = 1
  let isOver = false
  for (const piece of pieces) {
    const line = parsed(piece) as (OutcomeBody & LastLine & { line?: number }) | undefined
    if (!line || isOver) return { ...reading, oddity: `a line of the answer is wrong: ${piece.slice(0, 200)}` }
    if (line.line !== undefined) {
      if (line.line !== next) return { ...reading, oddity: `line ${line.line} is told where ${next} was due` }
      reading.endings[next - 1] = line.outcome
      reading.places[next - 1] = placeOf(line)
      next++
    } else if (line.summary) {
      isOver = true
      if (line.summary.read !== count || next !== count + 1)
        reading.oddity = `the summary is of ${line.summary.read} lines`
    } else if (line.ended) {
      isOver = true
      reading.endings.fill('not-taken', line.ended.lastLine)
      if (line.ended.lastLine !== next - 1) reading.oddity = `${line.ended.lastLine} lines were taken, ${next - 1} told`
    }
  }
  if (!isOver && !isCut) reading.oddity = 'the answer ends without a last line'
  return reading
}

interface LastLine {
  summary?: { read: number }
  ended?: { lastLine: number }
}

function placeOf({ partition, offset }: Partial<OutcomeBody>): Place | null {
  return partition === undefined || offset === undefined ? null : { partition, offset }
}

export const all = (count: number, ending: Ending): AnswerReading => ({
  endings: Array.from({ length: count }, () => ending),
  places: Array.from({ length: count }, () => null),
})

const odd = (count: number, { status, text }: HttpAnswer, how: string): AnswerReading => ({
  ...all(count, 'unanswered'),
  oddity: `the answer ${how}: ${status} ${text.slice(0, 200)}`,
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
