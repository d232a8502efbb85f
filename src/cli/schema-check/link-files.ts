import type { SchemaFault } from '../../schemas/governance/avro/schema-reading.ts'
import type { SchemaFile } from './schema-file.ts'

/** A file and those whose types it uses, each after those that it uses itself. */
export interface LinkedFile {
  file: SchemaFile
  references: readonly SchemaFile[]
  /** Why the references cannot be told, or cannot be used together. */
  faults: readonly SchemaFault[]
}

/** Finds the types that files lack in the other files, by their full names. */
export function linkFiles(files: readonly SchemaFile[]): LinkedFile[] {
  const definers = new Map<string, SchemaFile[]>()
  for (const file of files) {
    for (const name of file.alone.defined.keys()) definers.set(name, [...(definers.get(name) ?? []), file])
  }
  const uses: Uses = new Map(files.map((file) => [file, usesOf(file, definers)]))
  return files.map((file) => {
    const needed = neededBy(file, uses)
    const references = needed.filter((other) => other !== file)
    return { file, references, faults: [...useFaults(file, uses), ...twiceDefined(references)] }
  })
}

/** A type that a file lacks, and the files that have it. */
interface Use {
  name: string
  fault: SchemaFault
  by: readonly SchemaFile[]
}

type Uses = ReadonlyMap<SchemaFile, readonly Use[]>

function usesOf({ alone }: SchemaFile, definers: ReadonlyMap<string, readonly SchemaFile[]>): Use[] {
  return alone.faults.flatMap((fault) => {
    const name = fault.missing?.find((candidate) => definers.has(candidate))
    return name === undefined ? [] : [{ name, fault, by: definers.get(name) ?? [] }]
  })
}

/** The file, after all that it uses and all that those use. */
function neededBy(file: SchemaFile, uses: Uses): SchemaFile[] {
  const seen = new Set<SchemaFile>()
  const needed: SchemaFile[] = []
  const collect = (from: SchemaFile): void => {
    if (seen.has(from)) return
    seen.add(from)
    for (const { by } of uses.get(from) ?? []) if (by.length === 1) by.forEach(collect)
    needed.push(from)
  }
  collect(file)
  return needed
}

function useFaults(file: SchemaFile, uses: Uses): SchemaFault[] {
  return (uses.get(file) ?? []).flatMap(({ name, fault: { pointer, path }, by: [first, second] }) => {
    if (!first) return []
    const place = `The type "${name}" is defined in ${first.file}`
    if (second) return [{ pointer, path, message: `${place} and in ${second.file}: check it with one of them.` }]
    const usesBack = first !== file && neededBy(first, uses).includes(file)
    return usesBack ? [{ pointer, path, message: `${place}, which uses this file in turn.` }] : []
  })
}

function twiceDefined(references: readonly SchemaFile[]): SchemaFault[] {
  const first = new Map<string, SchemaFile>()
  return references.flatMap((reference) =>
    [...reference.alone.defined.keys()].flatMap((name) => {
      const other = first.get(name)
      if (!other) first.set(name, reference)
      const message = `Both ${other?.file} and ${reference.file}, which are used here, define "${name}".`
      return other ? [{ pointer: '', path: '', message }] : []
    }),
  )
}
