/** An object that is no list, whatever its members are: of a file, or of a call that nobody has judged yet. */
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What it has, which is nothing where it is none. */
export const membersOf = (value: unknown): Record<string, unknown> => (isMapping(value) ? value : {})
