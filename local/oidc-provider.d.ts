/** The part of oidc-provider that the local issuer uses. */
declare module 'oidc-provider' {
  import type { JsonWebKey } from 'node:crypto'
  import type { RequestListener } from 'node:http'

  export interface RequestContext {
    get(header: string): string
    oidc: { params?: { scope?: string } }
  }

  export interface ResourceServer {
    scope: string
    audience: string
    accessTokenTTL: number
    accessTokenFormat: 'jwt'
    jwt: { sign: { alg: 'RS256' } }
  }

  export interface Configuration {
    clients: object[]
    jwks: { keys: JsonWebKey[] }
    features: {
      devInteractions: { enabled: boolean }
      clientCredentials: { enabled: boolean }
      resourceIndicators: {
        enabled: boolean
        defaultResource(context: RequestContext): string
        getResourceServerInfo(context: RequestContext, resource: string): ResourceServer
      }
    }
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    callback(): RequestListener
  }
}
