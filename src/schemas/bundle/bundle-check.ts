import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../observability/logger.ts'
import type { PartHealth } from '../../observability/part-health.ts'
import type { SchemaSource, SubjectVersion } from '../registry-client.ts'
import type { Standby } from '../schema-catalog.ts'
import { isSameSchema } from './same-schema.ts'
import type { SchemaBundle } from './schema-bundle.ts'

const pauseMs = 1_000
const mostShown = 10

interface BundleCheckParts {
  bundle: SchemaBundle
  standby: Standby
  registry: Pick<SchemaSource, 'version' | 'byId'>
  health: Pick<PartHealth, 'up' | 'down'>
  log: Logger
}

/**
 * Holds a bundle to the registry, once, as soon as that answers: where an id means something else there, the bundle is of
 * another registry, and what was written by it could not be read. It is not used any more then.
 */
export class BundleCheck implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(parts: BundleCheckParts) {
    this.#done = this.#check(parts)
  }

  async #check({ bundle, standby, registry, health, log }: BundleCheckParts): Promise<void> {
    for (;;) {
      try {
        const differing = await differences(bundle, registry, this.#stop.signal)
        if (differing.length === 0) return health.up()
        standby.isTrusted = false
        const shown = differing.slice(0, mostShown)
        log.error({ differing: differing.length, schemas: shown }, 'The schema bundle is not of this registry')
        return health.down(`${differing.length} schemas of the bundle are not those of the registry`)
      } catch {
        await delay(pauseMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {})
        if (this.#stop.signal.aborted) return
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

async function differences(
  { schemas }: SchemaBundle,
  registry: BundleCheckParts['registry'],
  signal: AbortSignal,
): Promise<Pick<SubjectVersion, 'subject' | 'version' | 'id'>[]> {
  const differing = []
  for (const each of schemas) {
    signal.throwIfAborted()
    const { subject, version, id } = each
    const found = await registry.version(subject, version)
    // Of a version that was deleted the id may still be there, and events with it can be read.
    const schema = found?.id === id ? found : found ? undefined : await registry.byId(id)
    if (!schema || !isSameSchema(schema, each)) differing.push({ subject, version, id })
  }
  return differing
}
