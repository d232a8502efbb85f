import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { HostileRequest } from './hostile-requests.ts'

interface RawAnswer {
  status: string
  head: string
  body: string
}

const limitMs = 8_000
const lastChunk = '0\r\n\r\n'

/** Sends a request, and answers what came back until an answer is whole or the connection closed. Rejects where neither happens. */
export function exchange(url: string, request: HostileRequest): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect(Number(port), hostname)
  let text = ''
  const timer = setTimeout(() => {
    socket.destroy()
    reject(new Error(`neither answered nor closed in ${limitMs} ms: ${describe(request, text)}`))
  }, limitMs)
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    // Where it has to be closed, it is waited for: a second answer would come after the first one.
    if (!request.isAmbiguous && answersIn(text, isHead(request)).length > 0) socket.destroy()
  })
  // A reset is a closed socket like any other.
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(timer)
    resolve(text)
  })
  socket.write(request.bytes)
  return promise
}

/** Holds what came back to what may be answered: no 5xx, and from 400 up a problem of the same status. Answers the first status. */
export function assertHarmless(request: HostileRequest, text: string): string {
  const shown = describe(request, text)
  const answers = answersIn(text, isHead(request))
  assert.ok(text === '' || answers.length > 0, shown)
  if (request.isAmbiguous) assert.ok(answers.length <= 1 && answers.every(({ status }) => status[0] === '4'), shown)
  for (const { status, head, body } of answers) {
    assert.match(status, /^[234]/, shown)
    if (status[0] !== '4' || body === '') continue
    assert.match(head, /^content-type: application\/problem\+json/im, shown)
    const problem = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as Record<string, unknown>
    assert.equal(String(problem.status), status, shown)
    assert.match(String(problem.code), /^[a-z]+(-[a-z]+)*$/, shown)
  }
  return answers[0]?.status ?? 'closed'
}

/** The whole answers of a connection, but for those of 1xx. */
function answersIn(text: string, withoutBody: boolean): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n\r\n', at) + 4
    const head = text.slice(at, end)
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]
    if (end < 4 || !status) return answers
    at = end
    if (status[0] === '1') continue
    if (!withoutBody) at = endOfBody(text, head, end)
    if (at === -1) return answers
    answers.push({ status, head, body: text.slice(end, at) })
  }
}

function endOfBody(text: string, head: string, start: number): number {
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  if (length !== undefined) return text.length - start < Number(length) ? -1 : start + Number(length)
  if (!/^transfer-encoding: chunked/im.test(head)) return start
  const last = text.indexOf(lastChunk, start)
  return last === -1 ? -1 : last + lastChunk.length
}

const isHead = ({ bytes }: HostileRequest): boolean => bytes.toString('latin1', 0, 5) === 'HEAD '

const describe = ({ kind, bytes }: HostileRequest, answer: string): string =>
  `${kind}: ${JSON.stringify(bytes.toString('latin1', 0, 600))} was answered: ${JSON.stringify(answer.slice(0, 1_000))}`
