interface AmbiguousForm {
  name: string
  /** `head` ends with a line end; `hidden` is a request that must not be served. */
  request: (head: string, hidden: string) => string
}

interface OddForm {
  name: string
  request: (path: string, headers: string) => string
}

const form = (name: string, request: AmbiguousForm['request']): AmbiguousForm => ({ name, request })
const odd = (name: string, request: OddForm['request']): OddForm => ({ name, request })
const chunked = 'Transfer-Encoding: chunked'

/** What one server reads as one request and another as two (RFC 9112 §11.2). */
export const ambiguousForms: readonly AmbiguousForm[] = [
  form(
    'two lengths',
    (head, hidden) => `${head}Content-Length: 7\r\nContent-Length: ${7 + hidden.length}\r\n\r\n{"n":1}${hidden}`,
  ),
  form('a list of lengths', (head, hidden) => `${head}Content-Length: 7, ${7 + hidden.length}\r\n\r\n{"n":1}${hidden}`),
  form(
    'chunks and a length',
    (head, hidden) => `${head}Content-Length: ${hidden.length}\r\n${chunked}\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  form('a length and chunks', (head, hidden) => `${head}${chunked}\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`),
  form(
    'chunks that are not the last coding',
    (head, hidden) => `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  form('another coding', (head, hidden) => `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`),
  form(
    'a coding behind a control character',
    (head, hidden) => `${head}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  form('a space before the colon', (head, hidden) => `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`),
  form(
    'two codings, one unknown',
    (head, hidden) => `${head}${chunked}\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n${hidden}`,
  ),
  form('a signed length', (head, hidden) => `${head}Content-Length: +7\r\n\r\n{"n":1}${hidden}`),
  form('a negative length', (head, hidden) => `${head}Content-Length: -1\r\n\r\n${hidden}`),
  form('a length in hexadecimal', (head, hidden) => `${head}Content-Length: 0x7\r\n\r\n{"n":1}${hidden}`),
  form(
    'a length beyond 64 bits',
    (head, hidden) => `${head}Content-Length: 18446744073709551623\r\n\r\n{"n":1}${hidden}`,
  ),
  form(
    'a folded length',
    (head, hidden) => `${head}Content-Length:\r\n 7\r\nContent-Length: 9\r\n\r\n{"n":1}${hidden}`,
  ),
  form(
    'a chunk size beyond 64 bits',
    (head, hidden) => `${head}${chunked}\r\n\r\n10000000000000007\r\n{"n":1}\r\n0\r\n\r\n${hidden}`,
  ),
  form('a chunk size that is none', (head, hidden) => `${head}${chunked}\r\n\r\n7g\r\n{"n":1}\r\n0\r\n\r\n${hidden}`),
  form('a chunk longer than its size', (head, hidden) => `${head}${chunked}\r\n\r\n3\r\n{"n":1}\r\n0\r\n\r\n${hidden}`),
  form(
    'a chunk that ends in a bare line feed',
    (head, hidden) => `${head}${chunked}\r\n\r\n7\n{"n":1}\n0\n\n${hidden}`,
  ),
  form('a NUL in a name', (head, hidden) => `${head}Content-Length\0: 7\r\n\r\n${hidden}`),
  form(
    'a bare carriage return in a value',
    (head, hidden) => `${head}X: a\rContent-Length: 7\r\n\r\n${hidden.slice(4)}`,
  ),
  form('a tab before the colon', (head, hidden) => `${head}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n${hidden}`),
  form('chunks twice', (head, hidden) => `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${hidden}`),
  form('a folded coding', (head, hidden) => `${head}Transfer-Encoding:\r\n identity\r\n\r\n0\r\n\r\n${hidden}`),
  form('a coding in quotes', (head, hidden) => `${head}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n${hidden}`),
  form('no coding', (head, hidden) => `${head}Transfer-Encoding:\r\nContent-Length: 7\r\n\r\n{"n":1}${hidden}`),
  form('no length', (head, hidden) => `${head}Content-Length:\r\n\r\n${hidden}`),
  form('a length of two numbers', (head, hidden) => `${head}Content-Length: 7 7\r\n\r\n{"n":1}${hidden}`),
  form('a length with a point', (head, hidden) => `${head}Content-Length: 7.0\r\n\r\n{"n":1}${hidden}`),
  form('a negative chunk size', (head, hidden) => `${head}${chunked}\r\n\r\n-7\r\n{"n":1}\r\n0\r\n\r\n${hidden}`),
  form('a chunk size of 0x', (head, hidden) => `${head}${chunked}\r\n\r\n0x7\r\n{"n":1}\r\n0\r\n\r\n${hidden}`),
  form('a chunk size behind a space', (head, hidden) => `${head}${chunked}\r\n\r\n 7\r\n{"n":1}\r\n0\r\n\r\n${hidden}`),
  form(
    'a line feed in a chunk extension',
    (head, hidden) => `${head}${chunked}\r\n\r\n7;a\nb\r\n{"n":1}\r\n0\r\n\r\n${hidden}`,
  ),
  form('a bare line feed before a length', (head, hidden) => `${head}X: a\nContent-Length: 7\r\n\r\n{"n":1}${hidden}`),
  form('a trailer that is none', (head, hidden) => `${head}${chunked}\r\n\r\n7\r\n{"n":1}\r\n0\r\nX\r\n\r\n${hidden}`),
]

/** Requests that are strange, and some of them right. */
export const oddForms: readonly OddForm[] = [
  odd(
    'a chunk extension',
    (path, headers) =>
      `POST ${path} HTTP/1.1\r\n${headers}\r\nContent-Type: application/json\r\n${chunked}\r\nConnection: close\r\n\r\n7;a=b;c="d"\r\n{"n":1}\r\n0\r\n\r\n`,
  ),
  odd(
    'a long chunk extension',
    (path, headers) =>
      `POST ${path} HTTP/1.1\r\n${headers}\r\nContent-Type: application/json\r\n${chunked}\r\n\r\n7;${'a'.repeat(40_000)}\r\n{"n":1}\r\n0\r\n\r\n`,
  ),
  odd(
    'trailers',
    (path, headers) =>
      `POST ${path} HTTP/1.1\r\n${headers}\r\nContent-Type: application/json\r\n${chunked}\r\nConnection: close\r\n\r\n7\r\n{"n":1}\r\n0\r\nContent-Length: 3\r\nAuthorization: x\r\n\r\n`,
  ),
  odd(
    'a folded header',
    (path, headers) => `GET ${path} HTTP/1.1\r\n${headers}\r\nX: a\r\n b\r\nConnection: close\r\n\r\n`,
  ),
  odd(
    'bare line feeds',
    (path, headers) => `GET ${path} HTTP/1.1\n${headers.replaceAll('\r', '')}\nConnection: close\n\n`,
  ),
  odd('bare carriage returns', (path, headers) => `GET ${path} HTTP/1.1\r${headers.replaceAll('\n', '')}\r\r`),
  odd('a NUL in the path', (path, headers) => `GET ${path}\0 HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`),
  odd(
    'a NUL in a value',
    (path, headers) => `GET ${path} HTTP/1.1\r\n${headers}\r\nX: a\0b\r\nConnection: close\r\n\r\n`,
  ),
  odd('two hosts', (path, headers) => `GET ${path} HTTP/1.1\r\n${headers}\r\nHost: other\r\nConnection: close\r\n\r\n`),
  odd('HTTP/0.9', (path) => `GET ${path}\r\n\r\n`),
  odd('HTTP/1.0', (path, headers) => `GET ${path} HTTP/1.0\r\n${headers}\r\n\r\n`),
  odd('chunks of HTTP/1.0', (path, headers) => `POST ${path} HTTP/1.0\r\n${headers}\r\n${chunked}\r\n\r\n0\r\n\r\n`),
  odd('HTTP/9.9', (path, headers) => `GET ${path} HTTP/9.9\r\n${headers}\r\n\r\n`),
  odd("HTTP/2's preface", () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  odd(
    'an upgrade to what there is not',
    (path, headers) =>
      `GET ${path} HTTP/1.1\r\n${headers}\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
  ),
  odd(
    'an upgrade without a key',
    (path, headers) =>
      `GET ${path} HTTP/1.1\r\n${headers}\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  ),
  odd(
    'empty lines first',
    (path, headers) => `\r\n\r\nGET ${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
  ),
  odd('two spaces', (path, headers) => `GET  ${path}  HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`),
  odd(
    'a target of 40 KiB',
    (path, headers) => `GET ${path}?${'a'.repeat(40_960)} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
  ),
  odd(
    'many requests at once',
    (path, headers) =>
      `GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`.repeat(8) +
      `GET ${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
  ),
  odd(
    'a body where none belongs',
    (path, headers) => `GET ${path} HTTP/1.1\r\n${headers}\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{"n":1}`,
  ),
  odd(
    'an absolute target',
    (path, headers) => `GET http://evil.example${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
  ),
  odd(
    'an authority as target',
    (_path, headers) => `CONNECT evil.example:443 HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`,
  ),
  odd('an asterisk as target', (_path, headers) => `OPTIONS * HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`),
  odd('a target without a slash', (_path, headers) => `GET livez HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`),
  odd(
    'an expectation that is not known',
    (path, headers) =>
      `POST ${path} HTTP/1.1\r\n${headers}\r\nExpect: 200-ok\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  ),
  odd(
    'an upgrade with a body',
    (_path, headers) =>
      `GET /v1/stream HTTP/1.1\r\n${headers}\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 7\r\n\r\n{"n":1}`,
  ),
  odd(
    'a request behind one that is broken',
    (path, headers) => `GET ${path} HTTP/1.1\r\nA b\r\n\r\nGET ${path} HTTP/1.1\r\n${headers}\r\n\r\n`,
  ),
]
