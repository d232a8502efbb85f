/** An event with something in place of another: of each object's members and each array's items, as `change` says. */
type Change = (value: unknown) => unknown

const isPart = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Ways that break most good events, by how the bench names them. No schema of the bench has booleans. */
export const breaks: Readonly<Record<string, (event: unknown) => unknown>> = {
  'one fault': (event) => lastLeaf(event, () => true),
  'every value wrong': (event) => leaves(event, () => true),
  'names at the top misspelt': misspelt,
  'names inside misspelt': (event) => innermost(event, misspelt),
}

function leaves(value: unknown, change: Change): unknown {
  if (!isPart(value)) return change(value)
  return parts(value, (part) => leaves(part, change))
}

function lastLeaf(value: unknown, change: Change): unknown {
  if (!isPart(value)) return change(value)
  const last = Object.keys(value).at(-1)
  return parts(value, (part, name) => (name === last ? lastLeaf(part, change) : part))
}

/** Changes the objects in which there are no others. */
function innermost(value: unknown, change: (part: object) => unknown): unknown {
  if (!isPart(value)) return value
  if (hasObject(value)) return parts(value, (part) => innermost(part, change))
  return Array.isArray(value) ? value : change(value)
}

const hasObject = (value: object): boolean =>
  Object.values(value).some((part) => isPart(part) && (!Array.isArray(part) || hasObject(part)))

function parts(value: object, change: (part: unknown, name: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part, index) => change(part, String(index)))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, change(part, name)]))
}

function misspelt(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value as object).map(([name, part]) => [`${name}x`, part]))
}
