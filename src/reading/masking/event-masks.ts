import { LRUCache } from 'lru-cache'
import type { Contract } from '../../contracts/contract.ts'
import type { Masking } from '../../contracts/masking.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import type { SchemaNode } from '../../schemas/avro/schema-node.ts'
import type { SchemaCatalog } from '../../schemas/schema-catalog.ts'
import { type EventMask, eventMask } from './event-mask.ts'
import type { PseudonymOf } from './pseudonyms.ts'

export type MaskedContract = Contract & { masking: Masking }

export const isMasked = (contract: Contract): contract is MaskedContract => contract.masking !== undefined

interface Known {
  current: SchemaNode | undefined
  mask: EventMask
}

/** Stands for the schema of what has none. */
const none = {}

/** The masks of all topics, made once for each contract and schema, and again when the contract's schema has changed. */
export class EventMasks {
  readonly #schemas: Pick<SchemaCatalog, 'writerOf'>
  readonly #pseudonymOf: PseudonymOf | undefined
  readonly #known = new WeakMap<Contract, WeakMap<object, Known>>()
  readonly #latest = new WeakMap<Contract, SchemaNode | undefined>()
  readonly #withoutSchema = new LRUCache<Contract, true>({ max: 10_000, ttl: 10_000 })

  constructor(schemas: Pick<SchemaCatalog, 'writerOf'>, pseudonymOf: PseudonymOf | undefined) {
    this.#schemas = schemas
    this.#pseudonymOf = pseudonymOf
  }

  /**
   * Of events that were written with that type. No promise where the contract's schema is known; where it is not and the registry
   * is away, GatewayError `registry-unavailable`: what its tags are must be known before anything is shown.
   */
  of(contract: MaskedContract, type: SchemaNode | undefined): EventMask | Promise<EventMask> {
    const current = this.current(contract)
    if (current instanceof Promise) return current.then((found) => this.#mask(contract, type, found))
    return this.#mask(contract, type, current)
  }

  #mask(contract: MaskedContract, type: SchemaNode | undefined, current: SchemaNode | undefined): EventMask {
    const ofContract = this.#known.get(contract) ?? new WeakMap<object, Known>()
    this.#known.set(contract, ofContract)
    const known = ofContract.get(type ?? none)
    if (known && known.current === current) return known.mask
    const mask = eventMask({ contract, type, current, pseudonymOf: this.#pseudonymOf })
    ofContract.set(type ?? none, { current, mask })
    return mask
  }

  /** What the contract's schema says. */
  current(contract: Contract): SchemaNode | undefined | Promise<SchemaNode | undefined> {
    if (this.#withoutSchema.has(contract)) return this.#latest.get(contract)
    const found = this.#schemas.writerOf(contract)
    if (!(found instanceof Promise)) return this.#note(contract, found?.codec.type)
    return found.then(
      ({ codec }) => this.#note(contract, codec.type),
      (error: unknown) => {
        const isKnown = error instanceof GatewayError && ['schema-not-found', 'schema-unusable'].includes(error.code)
        if (!isKnown) throw error
        this.#withoutSchema.set(contract, true)
        return this.#latest.get(contract)
      },
    )
  }

  /** What was tagged stays so, though the registry may have lost its schema. */
  #note(contract: Contract, current: SchemaNode | undefined): SchemaNode | undefined {
    this.#latest.set(contract, current)
    return current
  }
}
