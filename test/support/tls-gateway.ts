import type { TestContext } from 'node:test'
import { type CapturedLog, capturedLog } from './captured-log.ts'
import { MountedSecret, type TestCertificate } from './certificates.ts'
import { gatewayFor } from './gateway.ts'
import { pollUntil } from './poll.ts'
import { TlsClient } from './tls-client.ts'
import { issueToken } from './tokens.ts'

export interface TlsGateway extends CapturedLog {
  url: string
  client: TlsClient
  secret: MountedSecret
}

/** A gateway that speaks TLS, ready, with a client that trusts its certificate. */
export async function tlsGateway(
  t: TestContext,
  certificate: TestCertificate,
  env: Record<string, string> = {},
): Promise<TlsGateway> {
  const secret = new MountedSecret(certificate)
  t.after(() => secret[Symbol.dispose]())
  const captured = capturedLog()
  const { url } = await gatewayFor(t, { env: { ...secret.env, ...env }, log: captured.log, awaitReady: false })
  const client = new TlsClient(url, [certificate.cert], await issueToken(['publish', 'read']))
  await pollUntil(async () => (await client.call('/readyz')).status === 200)
  return { url, client, secret, ...captured }
}
