import { type Level, levels } from '../../schemas/evolution/level.ts'
import { readParts } from '../../schemas/governance/avro/read-parts.ts'
import { UsageError } from '../usage-error.ts'
import { definedBy } from './defined-by.ts'
import { findFiles } from './find-files.ts'
import { type LinkedFile, linkFiles } from './link-files.ts'
import type { LocatedFault } from './report.ts'
import { readSchemaFile, type SchemaFile } from './schema-file.ts'

/** What the files that are checked are compared with, the oldest version first. */
export interface Earlier {
  level: Level
  versions: readonly EarlierFiles[]
}

/** One earlier version of the files: a file, or a folder of them. */
interface EarlierFiles {
  links: readonly LinkedFile[]
}

/** Throws a UsageError where a file that is named is no schema. */
export function readEarlier(named: readonly string[], level: string): Earlier {
  const known = levels.find((each) => each === level)
  if (!known) throw new UsageError(`--level is one of ${levels.join(', ')}, not ${level}`)
  return { level: known, versions: named.map(readVersion) }
}

function readVersion(named: string): EarlierFiles {
  const readings = findFiles([named]).map(readSchemaFile)
  const links = linkFiles(readings.filter((reading) => 'json' in reading))
  const faults = [
    ...readings.flatMap((reading) =>
      'faults' in reading ? reading.faults.map((fault) => lineOf(reading, fault)) : [],
    ),
    ...links.flatMap((link) => faultsOf(link).map((fault) => lineOf(link.file, fault))),
  ]
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  return { links }
}

function faultsOf({ file, references, faults }: LinkedFile): LocatedFault[] {
  const found = faults.length > 0 ? faults : readParts(file.json, definedBy(references)).faults
  return found.map((fault) => ({ ...fault, ...file.located.placeOf(fault.pointer) }))
}

const lineOf = ({ file }: Pick<SchemaFile, 'file'>, { line, column, message }: LocatedFault): string =>
  `${file}${line === undefined ? '' : `:${line}:${column}`}: ${message}`

/** The earlier form of a file: what has the name of its type. A lone file is that of a lone file, whatever its name is. */
export function earlierOf({ links }: EarlierFiles, file: SchemaFile, isAlone: boolean): LinkedFile | undefined {
  const [first, second] = links
  return isAlone && !second ? first : links.find((link) => nameOf(link.file) === nameOf(file))
}

/** The full name of the type at the top; of a schema without one, the name of the file. */
function nameOf({ alone, file }: SchemaFile): string {
  const [top] = [...alone.defined].filter(([, pointer]) => pointer === '')
  return top ? top[0] : `file ${file.slice(file.lastIndexOf('/') + 1)}`
}
