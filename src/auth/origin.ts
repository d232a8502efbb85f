import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '../config/config.ts'
import { GatewayError } from '../errors/gateway-error.ts'

type Headers = Pick<IncomingHttpHeaders, 'origin' | 'host' | 'sec-fetch-site'>

/** Whether a text is the origin of a web page as browsers write it. `null`, of files and sandboxes, is none: any page can have it. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.parse(text)?.origin === text
}

/** What the origins of pages decide. */
export class Origins {
  readonly #listed: ReadonlySet<string>
  readonly #own: string | undefined

  constructor({ corsOrigins, publicUrl }: Pick<Config['http'], 'corsOrigins' | 'publicUrl'>) {
    this.#listed = new Set(corsOrigins)
    this.#own = publicUrl === undefined ? undefined : new URL(publicUrl).origin
  }

  /**
   * CORS does not hold for WebSockets (RFC 6455 §10.2): any page can open one, so the gateway has to look where it comes from.
   * Throws `origin-not-allowed`. A request that names no origin is not a page's.
   */
  assertAllowed(headers: Headers): void {
    const { origin } = headers
    if (origin === undefined || this.#listed.has(origin) || this.#isOwn(origin, headers)) return
    const detail = 'Pages of this origin may not call the gateway: it is neither listed (http.corsOrigins) nor its own.'
    throw new GatewayError('origin-not-allowed', detail)
  }

  /** Whether a request comes from where a ticket was made for; null is a client that is no page. */
  isFrom(origin: string | null, headers: Headers): boolean {
    if (headers.origin !== undefined) return headers.origin === origin
    if (origin === null) return true
    // Browsers send no Origin with a GET to the page's own origin (Fetch, "append a request Origin header").
    const site = headers['sec-fetch-site']
    return this.#isOwn(origin, headers) && (site === undefined || site === 'same-origin')
  }

  /** Behind a proxy that ends TLS the scheme of the gateway's own origin is not known: the host decides. */
  #isOwn(origin: string, { host = '' }: Headers): boolean {
    if (this.#own !== undefined) return origin === this.#own
    return isOrigin(origin) && new URL(origin).host === host.toLowerCase()
  }
}
