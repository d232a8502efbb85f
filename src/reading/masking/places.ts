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
    const unsaid = { form: this.#others, isOther: true }
    const now = current ? [current] : []
    return this.#place(unsaid, { type, current: now.flatMap(flat), pointers: this.#pointers }, tagsAt(type, now))
  }

  /** Of a union its branches, each at the same place as the union itself, by name. */
  beneath(place: Place): readonly Beneath[] {
    const { type, current } = place
    switch (type?.kind) {
      case 'record': {
        const now = sameRecords(type, current)
        return type.fields.map((field) => ({ name: field.name, place: this.#field(place, field, now) }))
      }
      case 'array': {
        const now = current.flatMap((node) => (node.kind === 'array' ? [node.items] : []))
        return this.#members(place, type.items, now)
      }
      case 'map': {
        const now = current.flatMap((node) => (node.kind === 'map' ? [node.values] : []))
        return this.#members(place, type.values, now)
      }
      case 'union':
        return type.branches.map((branch) => ({ name: branchName(branch), place: this.#branch(place, branch) }))
      case undefined:
        return this.#members(place, undefined, [])
      default:
        return []
    }
  }

  #field(above: Place, field: FieldNode, records: readonly RecordNode[]): Place {
    const same = records.flatMap(({ fields }) => fields.filter((now) => areSame(field, now)))
    const otherNames = new Set([field, ...same].flatMap(({ name, aliases }) => [name, ...aliases]))
    otherNames.delete(field.name)
    const now = same.map(({ type }) => type)
    const pointers = stepTo(above.pointers, field.name, otherNames)
    const { own, masking } = tagsAt(field.type, now)
    const tags = {
      own: [...(field.tags ?? []), ...own],
      masking: [...same.flatMap((each) => each.tags ?? []), ...masking],
    }
    return this.#place(above, { type: field.type, current: [...new Set(now.flatMap(flat))], pointers }, tags)
  }

  #members(above: Place, type: SchemaNode | undefined, now: readonly SchemaNode[]): Beneath[] {
    const tags = tagsAt(type, now)
    const current = [...new Set(now.flatMap(flat))]
    const member = (name: string | undefined): Beneath => {
      const pointers = name === undefined ? stepToAny(above.pointers) : stepTo(above.pointers, name)
      return { name, place: this.#place(above, { type, current, pointers }, tags) }
    }
    const names = [...namesIn(above.pointers)].filter((name) => above.type?.kind !== 'array' || isIndex(name))
    return [...names.map(member), member(undefined)]
  }

  #branch(above: Place, type: SchemaNode): Place {
    const byName = stepToNamed(above.pointers, branchName(type))
    const place = this.#place(above, { type, current: above.current, pointers: byName }, { own: [], masking: [] })
    return { ...place, pointers: [...byName, ...above.pointers] }
  }

  /** A pointer to the place itself counts most, then tags, which mask more than what is above and never less. */
  #place(
    above: Pick<Place, 'form' | 'isOther'>,
    at: Pick<Place, 'type' | 'current' | 'pointers'>,
    tags: TagsAt,
  ): Place {
    const said = formSaid(at.pointers)
    if (said !== undefined) return { ...at, form: said, isOther: false }
    const masking = this.#formsOf(tags.masking).filter((form) => form !== 'show')
    const tagged = strictest([...this.#formsOf(tags.own), ...masking])
    if (tagged === undefined) return { ...at, form: above.form, isOther: above.isOther }
    const form = above.isOther ? tagged : (strictest([above.form, tagged]) ?? tagged)
    return { ...at, form, isOther: false }
  }

  #formsOf(tags: readonly string[]): MaskForm[] {
    return tags.flatMap((tag) => this.#formOfTag.get(tag.toLowerCase()) ?? [])
  }
}

interface TagsAt {
  /** Of what is written here. */
  own: readonly string[]
  /** Of what it may be, or is by the contract's schema: they mask, and show nothing. */
  masking: readonly string[]
}

const tagsAt = (type: SchemaNode | undefined, now: readonly SchemaNode[]): TagsAt => ({
  own: type?.tags ?? [],
  masking: [...(type ? branchTags(type) : []), ...now.flatMap((node) => [...(node.tags ?? []), ...branchTags(node)])],
})

/** Which of its branches a value of a union is, its JSON may not say. */
const branchTags = (node: SchemaNode): readonly string[] =>
  node.kind === 'union' ? node.branches.flatMap(({ tags }) => tags ?? []) : []

const flat = (node: SchemaNode): readonly SchemaNode[] => (node.kind === 'union' ? node.branches : [node])

const isIndex = (name: string): boolean => /^(0|[1-9]\d*)$/.test(name)

/** As a union's explicit form names it. */
export const branchName = (branch: SchemaNode): string => ('name' in branch ? branch.name : branch.kind)

/** The records that one is in another version: those of its name, or else all that may stand there. */
function sameRecords(type: RecordNode, current: readonly SchemaNode[]): readonly RecordNode[] {
  const records = current.filter((node) => node.kind === 'record')
  const same = records.filter((node) => areSame(type, node))
  return same.length > 0 ? same : records
}

type Renamable = Pick<FieldNode, 'name' | 'aliases'>

/** One field or type in two versions, renamed or not. */
const areSame = (one: Renamable, other: Renamable): boolean =>
  one.name === other.name || one.aliases.includes(other.name) || other.aliases.includes(one.name)
