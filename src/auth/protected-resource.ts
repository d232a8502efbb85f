import type { Config } from '../config/config.ts'
import { type Arrived, isSecure } from '../network/client-address.ts'

const wellKnown = '/.well-known/oauth-protected-resource'
const hostForm = /^[A-Za-z0-9.:[\]-]+$/

/**
 * The gateway as a resource that OAuth protects (RFC 9728): the URL that it is known by. Without `http.publicUrl` that is
 * the host which a request names, and what is said of it is for that request alone.
 */
export class ProtectedResource {
  readonly #public: URL | undefined

  constructor({ publicUrl }: Pick<Config['http'], 'publicUrl'>) {
    this.#public = publicUrl === undefined ? undefined : new URL(publicUrl)
  }

  /** Where its metadata is found: RFC 9728 §3.1 puts the well-known part before the path of the resource. */
  get metadataPaths(): readonly string[] {
    return [...new Set([wellKnown, wellKnown + pathOf(this.#public)])]
  }

  /** Without a slash at its end. Undefined where the request names no host. */
  urlFor(req: Arrived): string | undefined {
    const url = this.#public ?? urlOfHost(req)
    return url && url.origin + pathOf(url)
  }

  metadataUrlFor(req: Arrived): string | undefined {
    const url = this.#public ?? urlOfHost(req)
    return url && url.origin + wellKnown + pathOf(url)
  }
}

const pathOf = (url: URL | undefined): string => url?.pathname.replace(/\/+$/, '') ?? ''

function urlOfHost(req: Arrived): URL | undefined {
  const { host = '' } = req.headers
  const scheme = isSecure(req) ? 'https' : 'http'
  return (hostForm.test(host) && URL.parse(`${scheme}://${host}`)) || undefined
}
