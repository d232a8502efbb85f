import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'

export interface SigningKey {
  jwk: JWK
  privateKey: CryptoKey
}

export const audience = 'https://gateway.test'

/** What an issuer is trusted by, without its name. */
export const issuerSettings = {
  audience,
  algorithms: ['RS256', 'ES256'],
  leewaySeconds: 30,
  idClaims: ['sub', 'client_id'],
  scopeClaims: ['scope', 'scp'],
  roleClaims: [],
  scopesOfRoles: {},
} as const

/** A token issuer in this process: metadata and keys over HTTP, and whatever token a test wants. */
export class TestIssuer implements AsyncDisposable {
  /** Paths that were asked for, in order. */
  readonly hits: string[] = []
  /** Answers instead of the real ones, by path. */
  readonly answers = new Map<string, { status: number; body: string }>()
  keys: SigningKey[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<TestIssuer> {
    const server = createServer((req, res) => {
      const path = req.url ?? ''
      issuer.hits.push(path)
      const { status, body } = issuer.answers.get(path) ?? issuer.#answer(path)
      res.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    const issuer = new TestIssuer(server)
    issuer.keys = [await signingKey('first')]
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return issuer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get jwksFetches(): number {
    return this.hits.filter((path) => path === '/jwks').length
  }

  /** A token that is right in all but what the test says; a claim given as `undefined` is left out. */
  token(
    claims: Record<string, unknown> = {},
    header: Partial<JWTHeaderParameters> = {},
    key = this.keys[0],
  ): Promise<string> {
    if (!key) throw new Error('the issuer has no key')
    const seconds = Math.floor(Date.now() / 1000)
    const payload = { iss: this.url, aud: audience, sub: 'shop', exp: seconds + 600, scope: 'publish read', ...claims }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.jwk.kid ?? '', ...header })
      .sign(key.privateKey)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(path: string): { status: number; body: string } {
    if (path === '/jwks') return json({ keys: this.keys.map(({ jwk }) => jwk) })
    if (path === '/.well-known/openid-configuration') return json({ issuer: this.url, jwks_uri: `${this.url}/jwks` })
    return { status: 404, body: '{}' }
  }
}

export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, privateKey }
}

const json = (value: unknown) => ({ status: 200, body: JSON.stringify(value) })
