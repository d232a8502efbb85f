import type { MaskForm } from '../../contracts/masking.ts'
import { segmentsOf } from '../../json/json-pointer.ts'

/** What pointers of a contract say of one place, and lead to from there. */
export interface PointerRules {
  readonly form?: MaskForm
  readonly members: ReadonlyMap<string, PointerRules>
  /** Of the segment `*`. */
  readonly any?: PointerRules
  /** The same without `show`, for other names of a field: by another name nothing is shown. Absent where this is it. */
  readonly withoutShow?: PointerRules
}

/** The ways in which pointers lead to a place, the most literal first: of several that name it the first one counts. */
export type Pointers = readonly PointerRules[]

interface Written {
  form?: MaskForm
  members: Map<string, Written>
  any?: Written
}

export function pointerRules(fields: Readonly<Record<string, MaskForm>>): PointerRules {
  const root: Written = { members: new Map() }
  for (const [pointer, form] of Object.entries(fields)) {
    const place = segmentsOf(pointer).reduce(memberOf, root)
    place.form = form
  }
  return rulesOf(root)
}

function memberOf(place: Written, segment: string): Written {
  const known = segment === '*' ? place.any : place.members.get(segment)
  if (known) return known
  const made: Written = { members: new Map() }
  if (segment === '*') place.any = made
  else place.members.set(segment, made)
  return made
}

const rulesOf = (place: Written): PointerRules => ({
  ...mapped(place, rulesOf),
  withoutShow: withoutShow(place),
})

function withoutShow(place: Written): PointerRules {
  const { form, ...beneath } = place
  return mapped(form === undefined || form === 'show' ? beneath : place, withoutShow)
}

function mapped({ form, members, any }: Written, map: (place: Written) => PointerRules): PointerRules {
  return {
    ...(form !== undefined && { form }),
    members: new Map([...members].map(([name, member]) => [name, map(member)])),
    ...(any && { any: map(any) }),
  }
}

/** What is said of a place itself. */
export const formSaid = (pointers: Pointers): MaskForm | undefined =>
  pointers.find(({ form }) => form !== undefined)?.form

/** Where pointers lead to by the name of a member, and after those by other names that it has. */
export function stepTo(pointers: Pointers, name: string, otherNames: Iterable<string> = []): Pointers {
  const byName = pointers.flatMap(({ members, any }) => present([members.get(name), any]))
  const others = [...otherNames].flatMap((other) =>
    pointers.map((rules) => (rules.withoutShow ?? rules).members.get(other)),
  )
  return [...byName, ...present(others)]
}

/** Where they lead to by a name itself, without `*`. */
export const stepToNamed = (pointers: Pointers, name: string): Pointers =>
  present(pointers.map(({ members }) => members.get(name)))

/** Where they lead to by the name of a member that no pointer names. */
export const stepToAny = (pointers: Pointers): Pointers => present(pointers.map(({ any }) => any))

export const namesIn = (pointers: Pointers): Set<string> =>
  new Set(pointers.flatMap(({ members }) => [...members.keys()]))

const present = (rules: readonly (PointerRules | undefined)[]): PointerRules[] =>
  rules.filter((each) => each !== undefined)
