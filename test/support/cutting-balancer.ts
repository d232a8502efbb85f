import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A round-robin balancer that loses some of the answers after the replica has given them, as networks do. */
export class CuttingBalancer implements AsyncDisposable {
  readonly url: string
  cut = 0
  readonly #server: ReturnType<typeof createServer>
  readonly #share: number
  #targets: URL[]
  #turn = 0

  private constructor(server: ReturnType<typeof createServer>, urls: readonly string[], share: number) {
    this.#server = server
    this.#targets = urls.map((url) => new URL(url))
    this.#share = share
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (req: IncomingMessage, res: ServerResponse) => this.#forward(req, res))
  }

  static async start(urls: readonly string[], share: number): Promise<CuttingBalancer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new CuttingBalancer(server, urls, share)
  }

  /** As a balancer does that has seen it fail. */
  remove(url: string): void {
    this.#targets = this.#targets.filter(({ href }) => href !== new URL(url).href)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #forward(req: IncomingMessage, res: ServerResponse): void {
    const target = this.#targets[this.#turn++ % this.#targets.length] as URL
    const { hostname, port } = target
    const { method, url: path, headers } = req
    const forwarded = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', () => res.destroy())
      answer.on('end', () => {
        const body = Buffer.concat(chunks)
        if (Math.random() >= this.#share) {
          res.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: 'close' }).end(body)
          return
        }
        this.cut++
        // Half of them begin to arrive.
        if (Math.random() < 0.5) res.destroy()
        else {
          res.writeHead(answer.statusCode ?? 502, answer.headers)
          res.write(body.subarray(0, body.length >> 1), () => res.destroy())
        }
      })
    })
    forwarded.on('error', () => res.destroy())
    res.on('close', () => forwarded.destroy())
    req.pipe(forwarded)
  }
}
