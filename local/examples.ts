import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { extname, join } from 'node:path'
import { projectDirectory } from './paths.ts'

export interface ExamplesOptions {
  port: number
  /** Its address, which must allow `examplesOrigins`. */
  gateway: string
  /** Whose events the pages show. */
  topic: string
}

const directory = join(projectDirectory, 'examples')
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

export const livePage = (port: number): string => `http://127.0.0.1:${port}/live.html`

/** A person may type either. */
export const examplesOrigins = (port: number): string[] => [`http://127.0.0.1:${port}`, `http://localhost:${port}`]

/** The pages of examples/, at an origin of their own, as the pages of others are. */
export async function serveExamples({ port, ...config }: ExamplesOptions): Promise<AsyncDisposable> {
  const server = createServer(answer(config)).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await server[Symbol.asyncDispose]()
    },
  }
}

function answer({ gateway, topic }: Omit<ExamplesOptions, 'port'>): RequestListener {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${gateway}`,
    'x-content-type-options': 'nosniff',
  }
  return ({ url = '/' }, res) => {
    const [path = '/'] = url.split('?', 1)
    const name = path.slice(1)
    if (name === 'config.json') {
      res.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ gateway, topic }))
    } else if (readdirSync(directory).includes(name)) {
      res.writeHead(200, { ...headers, 'content-type': types[extname(name)] }).end(readFileSync(join(directory, name)))
    } else if (path === '/') {
      res.writeHead(302, { location: '/live.html' }).end()
    } else {
      res.writeHead(404).end()
    }
  }
}
