import { join } from 'node:path'
import { answers } from './answers.ts'
import { type IssuerSecrets, issuerSecrets } from './issuer-secrets.ts'
import { LocalError } from './local-error.ts'
import { RunningPart, type StartOptions } from './running-part.ts'

export interface IssuerOptions extends StartOptions {
  port: number
  /** Holds the signing keys and the client's secret. */
  secretsFile: string
  logFile: string
}

export const audience = 'urn:headgate:local'
export const issuerUrl = (port: number): string => `http://127.0.0.1:${port}`

const answerLimitMs = 5_000

export function startIssuer(options: IssuerOptions): Promise<RunningPart> {
  const url = issuerUrl(options.port)
  issuerSecrets(options.secretsFile)
  return RunningPart.start(
    {
      name: 'issuer',
      file: process.execPath,
      args: [join(import.meta.dirname, 'issuer-server.ts')],
      env: {
        ...process.env,
        HEADGATE_LOCAL_ISSUER_PORT: String(options.port),
        HEADGATE_LOCAL_ISSUER_URL: url,
        HEADGATE_LOCAL_ISSUER_AUDIENCE: audience,
        HEADGATE_LOCAL_ISSUER_FILE: options.secretsFile,
      },
      logFile: options.logFile,
      isReady: () => answers(`${url}/.well-known/openid-configuration`),
      readyLimitMs: 30_000,
    },
    options,
  )
}

export interface TokenRequest {
  issuer: string
  client: Pick<IssuerSecrets, 'clientId' | 'clientSecret'>
  scopes: readonly string[]
  /** An hour where it is left out. */
  lifetimeSeconds?: number
}

export async function requestToken({ issuer, client, scopes, lifetimeSeconds }: TokenRequest): Promise<string> {
  const credentials = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials}`,
      ...(lifetimeSeconds === undefined ? {} : { 'token-seconds': String(lifetimeSeconds) }),
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: scopes.join(' ') }),
    signal: AbortSignal.timeout(answerLimitMs),
  })
  const body = (await answer.json()) as { access_token?: string; error_description?: string }
  if (!body.access_token) throw new LocalError(`the issuer answered ${answer.status}: ${body.error_description}`)
  return body.access_token
}
