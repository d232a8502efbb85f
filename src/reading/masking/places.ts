import type { MaskForm, Masking } from '../../contracts/masking.ts'
import type { FieldNode, RecordNode, SchemaNode } from '../../schemas/avro/schema-node.ts'
import { formSaid, namesIn, type Pointers, pointerRules, stepTo, stepToAny, stepToNamed } from './pointer-rules.ts'

/** A place of a value, and what the contract says of it. */
export interface Place {
  /** By the schema that the value was written with; undefined for JSON without one. */
  readonly type: SchemaNode | undefined
  /** What may stand here by the schema that the contract has now: no unions, but their branches. */
  readonly current: readonly SchemaNode[]
  readonly pointers: Pointers
  /** What becomes of it, and of all beneath it of which nothing else is said. */
  readonly form: MaskForm
  /** Nothing is said of it, nor of anything above it. */
  readonly isOther: boolean
}

/** A place beneath another one; without a name it is any member or item that the others are not. */
export interface Beneath {
  readonly name: string | undefined
  readonly place: Place
}

const strictness = ['show', 'hash', 'mask', 'drop'] as const satisfies readonly MaskForm[]

export const strictest = (forms: readonly MaskForm[]): MaskForm | undefined =>
  strictness.findLast((form) => forms.includes(form))

/** What a contract says of the places of a topic's values. Precedence is docs/masking.md's. */
export class PlaceRules {
  readonly #pointers: Pointers
  readonly #formOfTag: ReadonlyMap<string, MaskForm>
  readonly #others: MaskForm

  constructor({ fields, tags, others }: Masking) {
    this.#pointers = [pointerRules(fields)]
    this.#formOfTag = new Map(Object.entries(tags).map(([tag, form]) => [tag.toLowerCase(), form]))
    this.#others = others
  }

  /** The whole value. */
  top(type: SchemaNode | undefined, current: SchemaNode | undefined): Place {
    const now = flat(current)
    const unsaid = { form: this.#others, isOther: true }
    return this.#place(unsaid, { type, current: now, pointers: this.#pointers }, [
      ...tagsOf(type),
      ...now.flatMap(tagsOf),
    ])
  }

  /** Of a union its branches, each at the same place as the union itself, by name. */
  beneath(place: Place): readonly Beneath[] {
    const { type } = place
    switch (type?.kind) {
      case 'record':
        return type.fields.map((field) => ({ name: field.name, place: this.#field(place, field) }))
      case 'array':
        return this.#members(
          place,
          type.items,
          place.current.flatMap((now) => (now.kind === 'array' ? flat(now.items) : [])),
        )
      case 'map':
        return this.#members(
          place,
          type.values,
          place.current.flatMap((now) => (now.kind === 'map' ? flat(now.values) : [])),
        )
      case 'union':
        return type.branches.map((branch) => ({ name: nameOf(branch), place: this.#branch(place, branch) }))
      case undefined:
        return this.#members(place, undefined, [])
      default:
        return []
    }
  }

  #field(above: Place, field: FieldNode): Place {
    const same = above.current.filter(isRecord).flatMap(({ fields }) => fields.filter((now) => areSame(field, now)))
    const otherNames = new Set([field, ...same].flatMap(({ name, aliases }) => [name, ...aliases]))
    otherNames.delete(field.name)
    const at = {
      type: field.type,
      current: [...new Set(same.flatMap((now) => flat(now.type)))],
      pointers: stepTo(above.pointers, field.name, otherNames),
    }
    const tags = [field, ...same].flatMap((each) => [...(each.tags ?? []), ...tagsOf(each.type)])
    return this.#place(above, at, tags)
  }

  #members(above: Place, type: SchemaNode | undefined, current: readonly SchemaNode[]): Beneath[] {
    const tags = [...tagsOf(type), ...current.flatMap(tagsOf)]
    const member = (name: string | undefined): Beneath => {
      const pointers = name === undefined ? stepToAny(above.pointers) : stepTo(above.pointers, name)
      return { name, place: this.#place(above, { type, current, pointers }, tags) }
    }
    return [...[...namesIn(above.pointers)].map(member), member(undefined)]
  }

  #branch(above: Place, type: SchemaNode): Place {
    const byName = stepToNamed(above.pointers, nameOf(type))
    return {
      ...this.#place(above, { type, current: above.current, pointers: byName }, []),
      pointers: [...byName, ...above.pointers],
    }
  }

  /** A pointer to the place itself counts most, then tags, which mask more than what is above and never less. */
  #place(
    above: Pick<Place, 'form' | 'isOther'>,
    at: Pick<Place, 'type' | 'current' | 'pointers'>,
    tags: readonly string[],
  ): Place {
    const said = formSaid(at.pointers)
    if (said !== undefined) return { ...at, form: said, isOther: false }
    const tagged = strictest(tags.flatMap((tag) => this.#formOfTag.get(tag.toLowerCase()) ?? []))
    if (tagged === undefined) return { ...at, form: above.form, isOther: above.isOther }
    const form = above.isOther ? tagged : (strictest([above.form, tagged]) ?? tagged)
    return { ...at, form, isOther: false }
  }
}

const isRecord = (node: SchemaNode): node is RecordNode => node.kind === 'record'

/** As a union's explicit form names it. */
const nameOf = (branch: SchemaNode): string => ('name' in branch ? branch.name : branch.kind)

const flat = (node: SchemaNode | undefined): readonly SchemaNode[] => {
  if (node === undefined) return []
  return node.kind === 'union' ? node.branches : [node]
}

/** Of a union also those of its branches: which of them a value is, its JSON may not say. */
const tagsOf = (node: SchemaNode | undefined): readonly string[] => [
  ...(node?.tags ?? []),
  ...(node?.kind === 'union' ? node.branches.flatMap(tagsOf) : []),
]

/** One field in two versions, renamed or not. */
const areSame = (one: FieldNode, other: FieldNode): boolean =>
  one.name === other.name || one.aliases.includes(other.name) || other.aliases.includes(one.name)
