import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { base64url, exportSPKI, importJWK } from 'jose'
import { audience, signingKey, type TestIssuer } from './test-issuer.ts'

const json64 = (value: unknown) => base64url.encode(JSON.stringify(value))
const seconds = () => Math.floor(Date.now() / 1000)
const hmac = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('base64url')

const withHeader = async (issuer: TestIssuer, header: unknown): Promise<string> => {
  const [, payload, signature] = (await issuer.token()).split('.')
  return `${json64(header)}.${payload}.${signature}`
}

const withPayload = async (issuer: TestIssuer, payload: unknown): Promise<string> => {
  const [header, , signature] = (await issuer.token()).split('.')
  return `${header}.${json64(payload)}.${signature}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Differs in its last bit alone. */
const nextCharacter = (character: string): string => alphabet[alphabet.indexOf(character) ^ 1] as string

const jsonForm = (token: string): string => {
  const [header, payload, signature] = token.split('.')
  return JSON.stringify({ payload, signatures: [{ protected: header, signature }] })
}

/** Tokens that nobody may get in with; the issuer has one key, `first`, of RS256, and RS256 and ES256 are accepted. */
export const forgedTokens: [fact: string, reason: RegExp, make: (issuer: TestIssuer) => Promise<string> | string][] = [
  ['without a signature', /compact form/, ({ url }) => `${json64({ alg: 'none' })}.${json64({ iss: url })}.`],
  [
    'with the algorithm none and some signature',
    /algorithm/,
    ({ url }) => `${json64({ alg: 'none' })}.${json64({ iss: url })}.AAAA`,
  ],
  ['with the algorithm nOnE', /algorithm/, ({ url }) => `${json64({ alg: 'nOnE' })}.${json64({ iss: url })}.AAAA`],
  [
    'signed by HMAC with the public key as its secret',
    /algorithm/,
    async (issuer) => {
      const [, payload] = (await issuer.token()).split('.')
      const key = await importJWK(issuer.keys[0]?.jwk ?? {}, 'RS256', { extractable: true })
      assert.ok(!(key instanceof Uint8Array))
      const signed = `${json64({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })}.${payload}`
      return `${signed}.${createHmac('sha256', await exportSPKI(key))
        .update(signed)
        .digest('base64url')}`
    },
  ],
  [
    'signed by a stranger under a known key id',
    /signature/,
    async (issuer) => issuer.token({}, {}, await signingKey('first')),
  ],
  [
    'that brings its own key',
    /signature/,
    async (issuer) => {
      const own = await signingKey('first')
      return issuer.token({}, { jwk: own.jwk } as object, own)
    },
  ],
  [
    'that says where its key is',
    /no key/,
    async (issuer) => issuer.token({}, { jku: `${issuer.url}/evil`, kid: 'evil' }, await signingKey('evil')),
  ],
  [
    'that says where its certificate is',
    /no key/,
    async (issuer) => issuer.token({}, { x5u: `${issuer.url}/evil`, kid: 'evil' }, await signingKey('evil')),
  ],
  [
    'with a path for a key id',
    /no key/,
    async (issuer) => issuer.token({}, { kid: '../../dev/null' }, await signingKey('x')),
  ],
  [
    'with a member of every object for a key id',
    /no key/,
    async (issuer) => issuer.token({}, { kid: '__proto__' }, await signingKey('x')),
  ],
  [
    'with an accepted algorithm of another key type',
    /no key/,
    async (issuer) => issuer.token({}, { alg: 'ES256' }, await signingKey('first', 'ES256')),
  ],
  [
    'with a critical extension',
    /cannot be verified/,
    async (issuer) => {
      const [, payload, signature] = (await issuer.token()).split('.')
      return `${json64({ alg: 'RS256', typ: 'at+jwt', kid: 'first', crit: ['x'], x: 1 })}.${payload}.${signature}`
    },
  ],
  [
    'whose payload is not base64',
    /extension/,
    async (issuer) => {
      const [, payload, signature] = (await issuer.token()).split('.')
      return `${json64({ alg: 'RS256', kid: 'first', b64: false })}.${payload}.${signature}`
    },
  ],
  ['of another issuer', /another issuer/, (issuer) => issuer.token({ iss: `${issuer.url}/` })],
  ['without an issuer', /another issuer/, (issuer) => issuer.token({ iss: undefined })],
  ['for another audience', /another audience/, (issuer) => issuer.token({ aud: `${audience}/` })],
  ['without an audience', /another audience/, (issuer) => issuer.token({ aud: undefined })],
  ['of another type', /not an access token/, (issuer) => issuer.token({}, { typ: 'logout+jwt' })],
  ['that proves possession of a key', /not an access token/, (issuer) => issuer.token({}, { typ: 'dpop+jwt' })],
  ['that is an ID token by its nonce', /not an access token/, (issuer) => issuer.token({ nonce: 'n' }, { typ: 'JWT' })],
  [
    'that is an ID token by its at_hash',
    /not an access token/,
    (issuer) => issuer.token({ at_hash: 'h' }, { typ: 'JWT' }),
  ],
  [
    'without a type and without scopes',
    /not an access token/,
    (issuer) => issuer.token({ scope: undefined }, { typ: 'JWT' }),
  ],
  ['that expired', /has expired/, (issuer) => issuer.token({ exp: seconds() - 31 })],
  ['that never expires', /no time of expiry/, (issuer) => issuer.token({ exp: undefined })],
  [
    'whose time of expiry is a text',
    /no time of expiry/,
    (issuer) => issuer.token({ exp: '9999999999' as unknown as number }),
  ],
  ['that begins in the future', /not valid yet/, (issuer) => issuer.token({ nbf: seconds() + 40 })],
  ['of nobody', /neither a subject nor a client/, (issuer) => issuer.token({ sub: undefined })],
  [
    'whose subject is no text',
    /neither a subject nor a client/,
    (issuer) => issuer.token({ sub: 7 as unknown as string }),
  ],
  ['that is huge', /longer than 8192/, (issuer) => issuer.token({ padding: 'x'.repeat(9_000) })],
  ['with padding', /compact form/, async (issuer) => `${await issuer.token()}=`],
  ['with a space', /compact form/, async (issuer) => ` ${await issuer.token()}`],
  ['with a line break', /compact form/, async (issuer) => `${await issuer.token()}\n`],
  ['of five parts', /compact form/, async (issuer) => `${await issuer.token()}.a.b`],
  ['that is no JSON inside', /cannot be verified/, () => 'abcd.efgh.ijkl'],
  ['that is empty', /compact form/, () => ''],
  [
    'whose payload was changed',
    /signature/,
    async (issuer) => {
      const [header, , signature] = (await issuer.token()).split('.')
      const [, payload] = (await issuer.token({ scope: 'admin' })).split('.')
      return `${header}.${payload}.${signature}`
    },
  ],
  ['whose signature was cut', /signature/, async (issuer) => (await issuer.token()).slice(0, -6)],
  [
    'with the algorithm in lower case',
    /algorithm/,
    async (issuer) => withHeader(issuer, { alg: 'rs256', typ: 'at+jwt', kid: 'first' }),
  ],
  [
    'with a list of algorithms',
    /cannot be verified/,
    async (issuer) => withHeader(issuer, { alg: ['RS256'], kid: 'first' }),
  ],
  ['without an algorithm', /cannot be verified/, async (issuer) => withHeader(issuer, { typ: 'at+jwt', kid: 'first' })],
  [
    'signed by HMAC with the key as a JWK as its secret',
    /algorithm/,
    async (issuer) => {
      const [, payload] = (await issuer.token()).split('.')
      const signed = `${json64({ alg: 'HS256', typ: 'at+jwt', kid: 'first' })}.${payload}`
      return `${signed}.${hmac(JSON.stringify(issuer.keys[0]?.jwk), signed)}`
    },
  ],
  [
    'signed by HMAC with nothing as its secret',
    /algorithm/,
    async (issuer) => {
      const [, payload] = (await issuer.token()).split('.')
      const signed = `${json64({ alg: 'HS512', typ: 'at+jwt', kid: 'first' })}.${payload}`
      return `${signed}.${hmac('', signed)}`
    },
  ],
  [
    'signed as RSA-PSS by the right key, which is not accepted',
    /algorithm/,
    async (issuer) => withHeader(issuer, { alg: 'PS256', typ: 'at+jwt', kid: 'first' }),
  ],
  [
    'whose ECDSA signature is all zeros',
    /no key/,
    async (issuer) => {
      const [, payload] = (await issuer.token()).split('.')
      return `${json64({ alg: 'ES256', typ: 'at+jwt', kid: 'first' })}.${payload}.${'A'.repeat(86)}`
    },
  ],
  [
    'that brings its own certificates',
    /signature/,
    async (issuer) => issuer.token({}, { x5c: ['MIIB'], x5t: 'AAAA' }, await signingKey('first')),
  ],
  [
    'whose own key is elsewhere under a known key id',
    /signature/,
    async (issuer) =>
      issuer.token({}, { jku: `${issuer.url}/evil`, x5u: `${issuer.url}/evil` }, await signingKey('first')),
  ],
  [
    'whose key id is a query',
    /no key/,
    async (issuer) => issuer.token({}, { kid: "x' UNION SELECT 'first" }, await signingKey('x')),
  ],
  [
    'whose key id is a URL',
    /no key/,
    async (issuer) => issuer.token({}, { kid: `${issuer.url}/evil` }, await signingKey('x')),
  ],
  [
    'whose key id is a list',
    /no key|cannot be verified/,
    async (issuer) => withHeader(issuer, { alg: 'RS256', kid: ['first'] }),
  ],
  [
    'whose header is a list',
    /cannot be verified/,
    async (issuer) => withHeader(issuer, [{ alg: 'RS256', kid: 'first' }]),
  ],
  [
    'whose header was given another type afterwards',
    /signature/,
    async (issuer) => withHeader(issuer, { alg: 'RS256', typ: 'at+jwt', kid: 'first', added: 1 }),
  ],
  [
    'that is encrypted',
    /algorithm|cannot be verified/,
    async (issuer) => withHeader(issuer, { alg: 'RSA-OAEP', enc: 'A256GCM' }),
  ],
  [
    'with a critical extension that is a text',
    /cannot be verified/,
    async (issuer) => withHeader(issuer, { alg: 'RS256', kid: 'first', crit: 'exp' }),
  ],
  [
    'with an empty list of critical extensions',
    /cannot be verified/,
    async (issuer) => withHeader(issuer, { alg: 'RS256', kid: 'first', crit: [] }),
  ],
  [
    'of several issuers, one of them right',
    /another issuer/,
    (issuer) => issuer.token({ iss: [issuer.url] as unknown as string }),
  ],
  ['of the issuer in capitals', /another issuer/, (issuer) => issuer.token({ iss: issuer.url.toUpperCase() })],
  [
    'for an audience that is an object',
    /another audience/,
    (issuer) => issuer.token({ aud: { [audience]: true } as unknown as string }),
  ],
  ['for an audience of which ours is a part', /another audience/, (issuer) => issuer.token({ aud: `x${audience}` })],
  ['that refreshes others', /not an access token/, (issuer) => issuer.token({}, { typ: 'rt+jwt' })],
  [
    'that introspection answered',
    /not an access token/,
    (issuer) => issuer.token({}, { typ: 'token-introspection+jwt' }),
  ],
  [
    'that is an ID token by its c_hash',
    /not an access token/,
    (issuer) => issuer.token({ c_hash: 'h' }, { typ: undefined as unknown as string }),
  ],
  [
    'whose time of beginning is a text',
    /not valid yet|cannot be verified/,
    (issuer) => issuer.token({ nbf: '0' as unknown as number }),
  ],
  ['whose payload is a list', /cannot be verified/, async (issuer) => withPayload(issuer, [{ iss: issuer.url }])],
  ['whose payload is null', /cannot be verified/, async (issuer) => withPayload(issuer, null)],
  [
    'whose unused bits were changed',
    /compact form/,
    async (issuer) => {
      const token = await issuer.token()
      return token.slice(0, -1) + nextCharacter(token.slice(-1))
    },
  ],
  ['of three empty parts', /compact form/, () => '..'],
  ['in the JSON form', /compact form/, async (issuer) => jsonForm(await issuer.token())],
]
