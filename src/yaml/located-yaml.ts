import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml'

export type YamlPath = readonly PropertyKey[]

/** One document of a YAML text, which remembers where its values stand. */
export interface LocatedYaml {
  /** Plain values; `undefined` where the text is not YAML, and then `faults` says why. */
  value: unknown
  faults: readonly YamlFault[]
  /** The line, from 1, of the name or item at `path`, or of the nearest one around it. */
  lineOf(path: YamlPath): number
}

export interface YamlFault {
  line: number
  message: string
}

/** Every document of a text that is not empty. Faults never quote the text: it may hold what must not be printed. */
export function readYaml(text: string): LocatedYaml[] {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const documents: readonly Document[] = Array.isArray(parsed) ? parsed : []
  return documents
    .map((document) => locate(document, lines))
    .filter(({ value, faults }) => value !== null || faults.length > 0)
}

function locate(document: Document, lines: LineCounter): LocatedYaml {
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line)
  const lineOf = (path: YamlPath): number => {
    const around = path.slice(0, -1)
    const parent = path.length > 0 ? document.getIn(around, true) : undefined
    const pair = isMap(parent) && parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    const node = pair ? pair.key : document.getIn(path, true)
    if (isNode(node) && node.range) return lineAt(node.range[0])
    return path.length > 0 ? lineOf(around) : lineAt(document.range?.[0] ?? 0)
  }
  const faults = [...document.errors, ...document.warnings].map(({ pos, code }) => ({
    line: lineAt(pos[0]),
    message: `this is not YAML that can be read (${code.toLowerCase().replaceAll('_', ' ')})`,
  }))
  if (faults.length > 0) return { value: undefined, faults: distinct(faults), lineOf }
  try {
    return { value: document.toJS(), faults, lineOf }
  } catch {
    // Aliases that name nothing, or that multiply past the parser's limit.
    return { value: undefined, faults: [{ line: lineOf([]), message: 'its aliases cannot be resolved' }], lineOf }
  }
}

const distinct = (faults: readonly YamlFault[]): YamlFault[] =>
  faults.filter(
    ({ line, message }, index) => index === faults.findIndex((f) => f.line === line && f.message === message),
  )
