/** TypeScript names for the schema's full names: the last part, or, where that is taken, more of it. */
export function typeNames(fullNames: Iterable<string>, taken: Iterable<string>): ReadonlyMap<string, string> {
  const used = new Set([...reserved, ...taken])
  const names = new Map<string, string>()
  for (const fullName of fullNames) {
    const parts = fullName.split('.')
    const candidates = parts.map((_part, index) => pascalCase(parts.slice(-1 - index)))
    const free = candidates.find((name) => !used.has(name)) ?? numbered(candidates.at(-1) as string, used)
    used.add(free)
    names.set(fullName, free)
  }
  return names
}

// What a type may not be called, and what a file of types has of its own or uses.
const reserved = ['Event', 'Read', 'Json', 'Record', 'Array']

const pascalCase = (parts: readonly string[]): string =>
  parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')

function numbered(name: string, used: ReadonlySet<string>): string {
  let number = 2
  while (used.has(`${name}${number}`)) number++
  return `${name}${number}`
}
