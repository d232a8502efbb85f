import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestCertificate {
  cert: string
  key: string
  fingerprint: string
}

export interface CertificateOptions {
  /** Of its life, from now; what is below zero has expired. */
  days?: number
  passphrase?: string
}

/** A certificate for 127.0.0.1 that is its own authority, by openssl. */
export function makeCertificate(name: string, { days = 30, passphrase }: CertificateOptions = {}): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-certificate-'))
  const at = (file: string): string => join(folder, file)
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe' })
  }
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', at('key'), '-out', at('request'))
  writeFileSync(at('extensions'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:TRUE\n')
  const signing = ['-signkey', at('key'), '-days', String(days), '-extfile', at('extensions')]
  openssl('x509', '-req', '-in', at('request'), ...signing, '-out', at('cert'))
  const cipher = passphrase === undefined ? [] : ['-aes256', '-passout', `pass:${passphrase}`]
  openssl('pkey', '-in', at('key'), ...cipher, '-out', at('shown-key'))
  const cert = readFileSync(at('cert'), 'utf8')
  const made = {
    cert,
    key: readFileSync(at('shown-key'), 'utf8'),
    fingerprint: new X509Certificate(cert).fingerprint256,
  }
  rmSync(folder, { recursive: true })
  return made
}

/** A folder as Kubernetes mounts a secret: the files are links into a folder that is exchanged in one step. */
export class MountedSecret implements Disposable {
  readonly certFile: string
  readonly keyFile: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'headgate-secret-'))
  #version = 0

  constructor(certificate: Pick<TestCertificate, 'cert' | 'key'>) {
    this.certFile = join(this.#folder, 'tls.crt')
    this.keyFile = join(this.#folder, 'tls.key')
    this.put(certificate)
    symlinkSync('..data/tls.crt', this.certFile)
    symlinkSync('..data/tls.key', this.keyFile)
  }

  get env(): Record<string, string> {
    return {
      HEADGATE_HTTP_TLS_CERT_FILE: this.certFile,
      HEADGATE_HTTP_TLS_KEY_FILE: this.keyFile,
      HEADGATE_HTTP_TLS_RELOAD_MS: '50',
    }
  }

  put({ cert, key }: Pick<TestCertificate, 'cert' | 'key'>): void {
    const version = mkdtempSync(join(this.#folder, `..${++this.#version}-`))
    writeFileSync(join(version, 'tls.crt'), cert)
    writeFileSync(join(version, 'tls.key'), key)
    symlinkSync(version, join(this.#folder, '..data_tmp'))
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'))
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
