import type { LoadedConfig } from '../config/load-config.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { RegistryClient } from '../schemas/registry-client.ts'
import { RegistrySubjects } from '../schemas/registry-subjects.ts'
import { SchemaAdministration } from '../schemas/schema-administration.ts'
import { SchemaCatalog } from '../schemas/schema-catalog.ts'
import { accepted } from './accepted.ts'
import { loggedHealth } from './logged-health.ts'

interface SchemasParts {
  loaded: LoadedConfig
  log: Logger
  audit: Audit
}

/** What the gateway knows of schemas, and how they are changed. The registry's client goes with the stack. */
export function openSchemas(stack: AsyncDisposableStack, { loaded: { config, secrets }, log, audit }: SchemasParts) {
  const health = loggedHealth('registry', log)
  const client = stack.use(accepted('registry', () => new RegistryClient(config.registry, secrets, health), secrets))
  const catalog = new SchemaCatalog(client, config.registry.latestTtlMs)
  const subjects = new RegistrySubjects(client)
  const policy = config.governance
  return {
    health,
    catalog,
    administration: new SchemaAdministration({ client, subjects, catalog, audit, policy, log }),
  }
}
