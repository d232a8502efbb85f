import type { LoadedConfig } from '../config/load-config.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { BundleCheck } from '../schemas/bundle/bundle-check.ts'
import { RegistryClient } from '../schemas/registry-client.ts'
import { RegistrySubjects } from '../schemas/registry-subjects.ts'
import { SchemaAdministration } from '../schemas/schema-administration.ts'
import { SchemaCatalog } from '../schemas/schema-catalog.ts'
import { accepted } from './accepted.ts'
import { loggedHealth } from './logged-health.ts'
import { loadBundle } from './schema-bundle.ts'

interface SchemasParts {
  loaded: LoadedConfig
  log: Logger
  audit: Audit
}

/** What the gateway knows of schemas, and how they are changed. The registry's client goes with the stack. */
export async function openSchemas(stack: AsyncDisposableStack, { loaded, log, audit }: SchemasParts) {
  const { config, secrets } = loaded
  const health = loggedHealth('registry', log)
  const client = stack.use(accepted('registry', () => new RegistryClient(config.registry, secrets, health), secrets))
  const bundle = await openBundle(stack, { file: config.registry.bundle, client, log })
  const catalog = new SchemaCatalog(client, config.registry.latestTtlMs, bundle?.standby)
  const subjects = new RegistrySubjects(client)
  const policy = config.governance
  return {
    health: bundle ? [health, bundle.health] : [health],
    catalog,
    administration: new SchemaAdministration({ client, subjects, catalog, audit, policy, log }),
  }
}

async function openBundle(
  stack: AsyncDisposableStack,
  { file, client, log }: { file: string | undefined; client: RegistryClient; log: Logger },
) {
  if (file === undefined) return undefined
  const bundle = await loadBundle(file)
  const health = loggedHealth('schemaBundle', log)
  const standby = { isTrusted: true, catalog: new SchemaCatalog(bundle, Number.POSITIVE_INFINITY) }
  stack.use(new BundleCheck({ bundle, standby, registry: client, health, log }))
  return { standby, health }
}
