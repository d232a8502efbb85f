import assert from 'node:assert/strict'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { components } from '../../src/generated/openapi.ts'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { compileSchema, documentAjv } from '../../src/openapi/validator.ts'
import { pollUntil } from './poll.ts'

type Schemas = components['schemas']
export type StreamLine = Partial<
  Schemas['OutcomeLine'] & Schemas['ProgressLine'] & Schemas['SummaryLine'] & Schemas['EndedLine']
>

const contract = loadApiContract()
const isStreamLine = compileSchema(documentAjv(contract), contract.components.schemas.StreamLine)

export function assertStreamLine(text: string): StreamLine {
  const line: unknown = JSON.parse(text)
  assert.ok(isStreamLine(line), `${JSON.stringify(isStreamLine.errors)} in ${text}`)
  return line as StreamLine
}

/** The lines, without those that say how far it is. */
export const withoutProgress = (lines: readonly StreamLine[]): StreamLine[] => lines.filter(({ progress }) => !progress)

export const linesOf = (first: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `{"value":{"n":${first + index}}}\n`).join('')

export interface LineStreamOptions {
  token: string
  query?: string
  headers?: Record<string, string>
}

/** A request of lines that is written and read at the test's own pace; each line of the answer is held to openapi.yaml. */
export class LineStream {
  readonly request: ClientRequest
  readonly lines: StreamLine[] = []
  /** Whether all of the answer came. */
  isWhole = false
  response: IncomingMessage | undefined
  #isOver = false

  constructor(url: string, topic: string, { token, query = '', headers = {} }: LineStreamOptions) {
    this.request = request(`${url}/v1/topics/${topic}/events${query}`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
    })
    this.request.on('response', (response) => this.#read(response))
    this.request.on('error', () => {})
    this.request.on('close', () => {
      this.#isOver = true
    })
    this.request.flushHeaders()
  }

  /** Until the piece has left this process; for ever where nobody takes it. */
  async write(piece: string | Buffer): Promise<void> {
    await new Promise((resolve) => this.request.write(piece, resolve))
  }

  async answered(isSo: (lines: readonly StreamLine[]) => boolean, limitMs?: number): Promise<void> {
    await pollUntil(() => isSo(this.lines), limitMs)
  }

  /** All lines of the answer, whether or not the last one is among them. */
  async rest(limitMs?: number): Promise<StreamLine[]> {
    await pollUntil(() => this.#isOver, limitMs)
    return this.lines
  }

  /** Ends the request, and answers all lines. */
  async end(piece: string | Buffer = ''): Promise<StreamLine[]> {
    this.request.end(piece)
    return this.rest()
  }

  #read(response: IncomingMessage): void {
    this.response = response
    let rest = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() as string
      this.lines.push(...lines.map(assertStreamLine))
    })
    response.on('end', () => {
      this.isWhole = rest === ''
    })
    response.on('error', () => {})
  }
}
