import { ConfigError } from '../config/config-error.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { KeyPairError } from '../listening/key-pair.ts'
import { ServedCertificate } from '../listening/served-certificate.ts'
import type { Logger } from '../observability/logger.ts'

/** The certificate of the listener; undefined where it speaks plain HTTP. Rejects with a ConfigError that names the setting. */
export async function openCertificate(
  stack: AsyncDisposableStack,
  { config, secrets }: LoadedConfig,
  log: Logger,
): Promise<ServedCertificate | undefined> {
  const { certFile, keyFile } = config.http.tls
  if (certFile === undefined || keyFile === undefined) return undefined
  const tls = { ...config.http.tls, certFile, keyFile }
  try {
    return stack.use(await ServedCertificate.load({ tls, passphrase: secrets.tlsKeyPassphrase, log }))
  } catch (error) {
    if (error instanceof KeyPairError) throw new ConfigError([{ setting: error.setting, message: error.message }])
    throw error
  }
}
