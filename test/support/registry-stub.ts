import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

interface Stored {
  id: number
  schema: string
  schemaType?: string
  references?: { name: string; subject: string; version: number }[]
}

export type Answer = (res: ServerResponse, req: IncomingMessage) => void

/** A schema registry of this process, that can be told to misbehave. */
export class RegistryStub implements AsyncDisposable {
  /** `METHOD path` of what was asked, in order. */
  readonly hits: string[] = []
  readonly subjects = new Map<string, Stored[]>()
  /** Answers instead of the real thing. */
  misbehave: Answer | undefined
  lastHeaders: IncomingMessage['headers'] = {}
  readonly #server: Server
  readonly #scheme: string

  private constructor(makeServer: (listener: RequestListener) => Server, scheme: string) {
    this.#scheme = scheme
    this.#server = makeServer((req, res) => {
      this.hits.push(`${req.method} ${req.url}`)
      this.lastHeaders = req.headers
      if (this.misbehave) this.misbehave(res, req)
      else this.#answer(req, res)
    })
  }

  static async start(tls?: ServerOptions): Promise<RegistryStub> {
    const stub = tls
      ? new RegistryStub((listener) => createTlsServer(tls, listener), 'https')
      : new RegistryStub(createServer, 'http')
    await new Promise<void>((resolve) => stub.#server.listen(0, '127.0.0.1', resolve))
    return stub
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Adds a version to a subject. A string is the schema's text as it is. */
  add(subject: string, schema: unknown, more: Partial<Stored> = {}): number {
    const versions = this.subjects.get(subject) ?? []
    const id = more.id ?? 1 + [...this.subjects.values()].flat().length
    versions.push({ id, schema: typeof schema === 'string' ? schema : JSON.stringify(schema), ...more })
    this.subjects.set(subject, versions)
    return id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer({ method, url = '' }: IncomingMessage, res: ServerResponse): void {
    const [, subject = '', , wanted] = /^\/subjects\/([^/]+)(\/versions(?:\/(\w+))?)?$/.exec(url) ?? []
    const versions = this.subjects.get(decodeURIComponent(subject)) ?? []
    if (url.endsWith('/versions') && method === 'GET' && versions.length > 0) {
      const numbers = versions.map((_version, index) => index + 1)
      answerJson(res, 200, numbers)
      return
    }
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(url)?.[1]
    if (byId !== undefined) {
      const found = [...this.subjects.values()].flat().find(({ id }) => id === Number(byId))
      if (found)
        answerJson(res, 200, { schema: found.schema, schemaType: found.schemaType, references: found.references })
      else answerJson(res, 404, { error_code: 40403, message: 'Schema not found' })
      return
    }
    const version = method === 'POST' || wanted === 'latest' ? versions.length : Number(wanted)
    const found = versions[version - 1]
    if (found) answerJson(res, 200, { subject: decodeURIComponent(subject), version, ...found })
    else answerJson(res, 404, { error_code: versions.length > 0 ? 40402 : 40401, message: 'not found' })
  }
}

export function answerJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
}

/** Ways of a registry, and of what stands before one, to be of no use. */
export const misbehaviours = {
  'answers 200 with HTML': (res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
  'answers 200 with JSON that is not an object': (res) => res.end('"ok"'),
  'answers 500': (res) => answerJson(res, 500, { error_code: 50001, message: 'Error in the backend data store' }),
  'answers 503 with text': (res) => res.writeHead(503).end('no healthy upstream'),
  'answers 404 without an error of the registry': (res) => res.writeHead(404).end('not found'),
  'answers 404 with an error that is none of "not found"': (res) =>
    answerJson(res, 404, { error_code: 404, message: 'HTTP 404' }),
  'answers 401': (res) => answerJson(res, 401, { error_code: 40101, message: 'Unauthorized' }),
  'answers 302': (res) => res.writeHead(302, { location: '/login' }).end(),
  'answers 200 with an object that is no schema': (res) => answerJson(res, 200, { schemas: [] }),
  'cuts its answer in the middle': (res) => {
    res.writeHead(200, { 'content-length': 100 })
    res.write('{"subject":')
    setImmediate(() => res.destroy())
  },
  'closes the connection without an answer': (res) => void res.destroy(),
  'never answers': () => {},
  'sends headers and then nothing': (res) => {
    res.writeHead(200, { 'content-length': 100 })
    res.write('{"subject":')
  },
} as const satisfies Record<string, Answer>
