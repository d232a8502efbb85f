import type { MaskForm } from '../../src/contracts/masking.ts'
import { isJsonObject, type JsonValue } from '../../src/json/json-value.ts'
import { pseudonymOf } from './masked.ts'
import { fieldNames, type MaskingSample, type Shape } from './masking-samples.ts'

interface Step {
  /** Null for an item, which no pointer of the samples names. */
  name: string | null
  tags: readonly string[]
  /** Its tags stand on a branch: they mask, and show nothing. */
  isUnion: boolean
}

const strictness: readonly MaskForm[] = ['show', 'hash', 'mask', 'drop']
const stricter = (a: MaskForm, b: MaskForm): MaskForm => (strictness.indexOf(a) > strictness.indexOf(b) ? a : b)

/** What docs/masking.md says of one place, read off the rules: each of them is asked at each step of the way. */
export function formAt({ fields, tags, others }: Omit<MaskingSample, 'shape'>, way: readonly Step[]): MaskForm {
  let above: { form: MaskForm; isOther: boolean } = { form: others, isOther: true }
  for (let length = 1; length <= way.length; length++) {
    const names = way.slice(1, length).map(({ name }) => name)
    const fitting = Object.keys(fields).filter((pointer) => fits(pointer, names))
    // A literal sorts before `*`, segment by segment.
    const [best] = fitting.sort((a, b) => (a.replaceAll('*', '~') < b.replaceAll('*', '~') ? -1 : 1))
    const own = best === undefined ? undefined : fields[best]
    const tagged = (way[length - 1] as Step).tags
      .flatMap((tag) => tags[tag] ?? [])
      .filter((form) => form !== 'show' || !way[length - 1]?.isUnion)
      .reduce<MaskForm | undefined>((most, form) => (most === undefined ? form : stricter(most, form)), undefined)
    if (own) above = { form: own, isOther: false }
    else if (tagged) above = { form: above.isOther ? tagged : stricter(above.form, tagged), isOther: false }
  }
  return above.form
}

export const stepTo = ({ kind, tags }: Shape, name: string | null): Step => ({ name, tags, isUnion: kind === 'union' })

const segments = (pointer: string): string[] => pointer.split('/').slice(1)

const fits = (pointer: string, names: readonly (string | null)[]): boolean =>
  segments(pointer).length === names.length &&
  segments(pointer).every((segment, index) => segment === '*' || segment === names[index])

/** The value as it should be shown; undefined where it is dropped. */
export function expectedValue(sample: MaskingSample, value: JsonValue): JsonValue | undefined {
  return shown(sample, sample.shape, value, [stepTo(sample.shape, null)], 'R')
}

function shown(
  sample: MaskingSample,
  shape: Shape,
  value: JsonValue,
  way: Step[],
  path: string,
): JsonValue | undefined {
  const form = formAt(sample, way)
  const inside = shape.kind === 'union' ? insideOf(shape, value, path) : { value, explicit: undefined }
  if (!beneath(shape, way).some((each) => hasOther(sample, each, form))) {
    if (form === 'drop') return undefined
    if (form === 'mask') return null
    return form === 'hash' ? pseudonymOf(inside.value) : value
  }
  const member = (of: Shape, from: JsonValue, name: string | null, at: string) =>
    shown(sample, of, from, [...way, stepTo(of, name)], at)
  switch (shape.kind) {
    case 'leaf':
      return value
    case 'record':
      return fromEntries(
        shape.fields.map((field, index) => {
          const name = fieldNames[index] as string
          return [name, member(field, (value as Record<string, JsonValue>)[name] as JsonValue, name, `${path}${index}`)]
        }),
      )
    case 'array':
      return (value as JsonValue[])
        .map((item) => member(shape.items, item, null, `${path}i`))
        .filter((item) => item !== undefined)
    case 'map':
      return fromEntries(
        Object.entries(value as object).map(([key, each]) => [key, member(shape.values, each, key, `${path}v`)]),
      )
    case 'union': {
      const branch = shape.branches[shape.chosen] as Shape
      const content = shown(sample, { ...branch, tags: [] }, inside.value, way, `${path}u${shape.chosen}`)
      return content === undefined || inside.explicit === undefined ? content : { [inside.explicit]: content }
    }
  }
}

function insideOf({ branches, chosen }: Shape & { kind: 'union' }, value: JsonValue, path: string) {
  const name = branches[chosen]?.kind === 'record' ? `${path}u${chosen}` : 'string'
  const isExplicit = isJsonObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, name)
  return isExplicit ? { value: value[name] as JsonValue, explicit: name } : { value, explicit: undefined }
}

interface Descendant {
  shape: Shape
  way: Step[]
}

/** Places right beneath one, of a union those of its branches. */
function beneath(shape: Shape, way: Step[]): Descendant[] {
  const at = (of: Shape, name: string | null): Descendant => ({ shape: of, way: [...way, stepTo(of, name)] })
  switch (shape.kind) {
    case 'leaf':
      return []
    case 'record':
      return shape.fields.map((field, index) => at(field, fieldNames[index] as string))
    case 'array':
      return [at(shape.items, null)]
    case 'map':
      return [...'abcdkl'].map((key) => at(shape.values, key)).concat(at(shape.values, null))
    case 'union':
      return shape.branches.flatMap((branch) => beneath(branch, way))
  }
}

const hasOther = (sample: MaskingSample, { shape, way }: Descendant, form: MaskForm): boolean =>
  formAt(sample, way) !== form || beneath(shape, way).some((each) => hasOther(sample, each, form))

const fromEntries = (entries: [string, JsonValue | undefined][]): JsonValue =>
  Object.fromEntries(entries.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined))
