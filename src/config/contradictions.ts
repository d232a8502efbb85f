import { foundText } from '../yaml/explain-issue.ts'
import { isMapping, membersOf } from '../yaml/mapping.ts'
import type { ConfigFault } from './config-error.ts'
import type { Tree } from './config-file.ts'
import type { EnvironmentValues } from './environment.ts'

/** Settings that are each right and together wrong. */
export function contradictions(tree: Tree, variables: EnvironmentValues): ConfigFault[] {
  const faults: ConfigFault[] = []
  const { username, certFile, keyFile } = membersOf(tree.registry)
  const hasPassword = [...variables.secrets.keys()].some(({ path }) => path[1] === 'registryPassword')

  if (username && !hasPassword) {
    faults.push({ setting: 'HEADGATE_SECRETS_REGISTRY_PASSWORD', message: 'is required with `registry.username`' })
  }
  if (hasPassword && !username) {
    faults.push({ setting: 'HEADGATE_REGISTRY_USERNAME', message: 'is required with the password of the registry' })
  }
  if (certFile && !keyFile) {
    faults.push({ setting: 'HEADGATE_REGISTRY_KEY_FILE', message: 'is required with `registry.certFile`' })
  }
  if (keyFile && !certFile) {
    faults.push({ setting: 'HEADGATE_REGISTRY_CERT_FILE', message: 'is required with `registry.keyFile`' })
  }
  const { classes, principals } = membersOf(tree.quotas)
  for (const [principal, name] of Object.entries(membersOf(principals))) {
    if (typeof name !== 'string' || Object.hasOwn(membersOf(classes), name)) continue
    const message = `${foundText(principal)} has the class ${foundText(name)}, which \`quotas.classes\` does not have`
    faults.push({ setting: 'quotas.principals', message })
  }
  const tls = membersOf(membersOf(tree.http).tls)
  if (tls.certFile && !tls.keyFile) {
    faults.push({ setting: 'HEADGATE_HTTP_TLS_KEY_FILE', message: 'is required with `http.tls.certFile`' })
  }
  if (tls.keyFile && !tls.certFile) {
    faults.push({ setting: 'HEADGATE_HTTP_TLS_CERT_FILE', message: 'is required with `http.tls.keyFile`' })
  }
  const issuers = issuersOf(membersOf(tree.auth))
  for (const twice of new Set(issuers.filter((issuer, index) => issuers.indexOf(issuer) < index))) {
    faults.push({ setting: 'auth.issuers', message: `has ${foundText(twice)} twice: an issuer has one entry` })
  }
  return faults
}

function issuersOf(auth: Tree): unknown[] {
  const further = Array.isArray(auth.issuers) ? auth.issuers : []
  return [auth, ...further.filter(isMapping)].map(({ issuer }) => issuer).filter((issuer) => issuer !== undefined)
}
