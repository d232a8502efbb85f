import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { GatewayError } from '../errors/gateway-error.ts'
import { problemBody, problemHeaders } from '../errors/problem-body.ts'
import { problemOf } from '../errors/problems.ts'

export const maxHeaderBytes = 32 * 1024

/** Answers a request that the app never sees, as the last one of its connection. */
export function refuse(res: ServerResponse, error: GatewayError): void {
  const { status, headers, body } = answerOf(error)
  res.writeHead(status, { ...headers, connection: 'close' }).end(body)
}

/** For what is no request: the answer is written by hand, and the connection ends. */
export function endWithProblem(socket: Socket, error: GatewayError): void {
  const { status, headers, body } = answerOf(error)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${reasonOf(status)}\r\n${lines.join('')}connection: close\r\n\r\n${body}`)
}

/** @param code of the error of Node's parser */
export function unparsedProblem(code: string | undefined): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError(
      'headers-too-large',
      `Request line and headers together are limited to ${maxHeaderBytes} bytes.`,
    )
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('request-timeout', 'The request line and headers did not arrive in time.')
  }
  return new GatewayError('malformed-request', 'This is not an HTTP request that can be read.')
}

function answerOf(error: GatewayError) {
  const body = JSON.stringify(problemBody(error, '', ''))
  const headers = {
    ...problemHeaders(error),
    'content-length': Buffer.byteLength(body),
  }
  return { status: problemOf(error.code).status, headers, body }
}

const reasonOf = (status: number): string =>
  ({ 408: 'Request Timeout', 431: 'Request Header Fields Too Large' })[status] ?? 'Bad Request'
