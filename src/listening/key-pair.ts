import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Config } from '../config/config.ts'

/** A certificate with its key that cannot be used. The message says why, and shows nothing of either. */
export class KeyPairError extends Error {
  override readonly name = 'KeyPairError'
  readonly setting: string

  constructor(setting: string, message: string) {
    super(message)
    this.setting = setting
  }
}

export interface KeyPairFiles {
  certificate: Buffer
  key: Buffer
}

/** A certificate, perhaps with those that lead to its authority, and the key that fits it. */
export interface KeyPair {
  files: KeyPairFiles
  options: SecureContextOptions
  /** For log lines: what a person tells certificates apart by. */
  description: { subject: string; serialNumber: string; notAfter: string }
  notBeforeMs: number
  notAfterMs: number
}

export type TlsSettings = Config['http']['tls'] & { certFile: string; keyFile: string }

export async function readKeyPair({ certFile, keyFile }: TlsSettings): Promise<KeyPairFiles> {
  const [certificate, key] = await Promise.all([
    contentOf('http.tls.certFile', certFile),
    contentOf('http.tls.keyFile', keyFile),
  ])
  return { certificate, key }
}

export const isSamePair = (one: KeyPairFiles, other: KeyPairFiles): boolean =>
  one.certificate.equals(other.certificate) && one.key.equals(other.key)

/** Throws a {@link KeyPairError} for what would fail in a handshake at the latest. Whether it is expired is not looked at. */
export function keyPairOf(files: KeyPairFiles, { minVersion }: TlsSettings, passphrase: string | undefined): KeyPair {
  const certificate = certificateIn(files.certificate)
  const key = keyIn(files.key, passphrase)
  if (!certificate.checkPrivateKey(key)) {
    throw new KeyPairError('http.tls.keyFile', 'the key does not fit the certificate of `http.tls.certFile`')
  }
  const options = {
    cert: files.certificate,
    key: files.key,
    minVersion,
    ...(passphrase !== undefined && { passphrase }),
  }
  try {
    createSecureContext(options)
  } catch (error) {
    throw new KeyPairError('http.tls.certFile', `the certificate cannot be used (${codeOf(error)})`)
  }
  const { subject, serialNumber, validFromDate, validToDate } = certificate
  return {
    files,
    options,
    description: { subject: subject.replaceAll('\n', ', '), serialNumber, notAfter: validToDate.toISOString() },
    notBeforeMs: validFromDate.getTime(),
    notAfterMs: validToDate.getTime(),
  }
}

async function contentOf(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new KeyPairError(setting, `the file ${path} cannot be read (${codeOf(error)})`)
  }
}

function certificateIn(pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new KeyPairError('http.tls.certFile', 'expected a certificate in PEM')
  }
}

function keyIn(pem: Buffer, passphrase: string | undefined) {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) })
  } catch {
    throw new KeyPairError('http.tls.keyFile', keyFault(pem, passphrase))
  }
}

function keyFault(pem: Buffer, passphrase: string | undefined): string {
  // RFC 7468 §11, and RFC 1421 for older ones.
  if (!/ENCRYPTED/.test(pem.toString('latin1'))) return 'expected a private key in PEM'
  return passphrase === undefined
    ? 'the key is encrypted: set HEADGATE_SECRETS_TLS_KEY_PASSPHRASE'
    : 'the key is encrypted, and HEADGATE_SECRETS_TLS_KEY_PASSPHRASE does not open it'
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
