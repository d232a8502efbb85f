export class QueryError extends Error {
  readonly parameter: string

  constructor(parameter: string, message: string) {
    super(message)
    this.parameter = parameter
  }
}

/**
 * The parameters of a query string, `+` read as a space. Unlike URLSearchParams it does not guess: a repeated name and bad
 * percent-encoding throw a {@link QueryError}.
 */
export function queryMembers(search: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>()
  for (const part of search.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decoded(equals === -1 ? part : part.slice(0, equals), 'query')
    if (members.has(name)) throw new QueryError(name, 'is given twice')
    members.set(name, equals === -1 ? '' : decoded(part.slice(equals + 1), name))
  }
  return members
}

function decoded(text: string, parameter: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new QueryError(parameter, 'is not valid percent-encoded UTF-8')
  }
}
