import { SchemaError } from '../../schemas/avro/schema-error.ts'
import { type AvroDocument, readAvro } from '../../schemas/evolution/avro/avro-document.ts'
import { avroComparison } from '../../schemas/evolution/avro/compare-avro.ts'
import type { Change } from '../../schemas/evolution/change.ts'
import { judgeEvolution, versionsFor } from '../../schemas/evolution/verdict.ts'
import { type Earlier, earlierOf } from './earlier-versions.ts'
import type { LinkedFile } from './link-files.ts'
import type { LocatedBreak, LocatedFault } from './report.ts'

export interface Compared {
  /** The earlier files, the oldest first. */
  comparedWith: readonly string[]
  breaks: readonly LocatedBreak[]
  faults: readonly LocatedFault[]
}

/** What a file breaks of its earlier versions, by the level. */
export function compareFile(link: LinkedFile, { versions, level }: Earlier, isAlone: boolean): Compared {
  const all = versions.flatMap((version) => earlierOf(version, link.file, isAlone) ?? [])
  const asked = versionsFor(level, all)
  const comparedWith = asked.map(({ file }) => file.file)
  try {
    const candidate = documentOf(link)
    const earlier = asked.map((each, version) => ({ version, schema: documentOf(each) }))
    const { changes } = judgeEvolution(avroComparison(), candidate, earlier)
    const breaks = changes.flatMap(({ breaks: ofChange, ...change }) =>
      ofChange
        .filter(({ levels }) => levels.includes(level))
        .map(({ direction, why, fix, versions: broken }): LocatedBreak => {
          const { kind, path, message } = change
          const pointer = pointerIn(candidate, change)
          const files = broken.toSorted((a, b) => a - b).flatMap((version) => comparedWith[version] ?? [])
          return {
            ...link.file.located.placeOf(pointer),
            kind,
            direction,
            files,
            pointer,
            path,
            message,
            why,
            fix,
          }
        }),
    )
    return { comparedWith, breaks, faults: [] }
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error
    return { comparedWith, breaks: [], faults: [{ pointer: '', path: '', message: error.message }] }
  }
}

const documentOf = ({ file, references }: LinkedFile): AvroDocument =>
  readAvro(
    file.text,
    references.map(({ text }) => text),
  )

/** Of what the schema no longer has: what it was in. */
function pointerIn(
  { places }: AvroDocument,
  { kind, path, pointer }: Pick<Change, 'kind' | 'path' | 'pointer'>,
): string {
  if (kind !== 'field-removed' && kind !== 'union-branch-removed') return pointer
  const pointers = new Map([...places.values()].toReversed().map((place) => [place.path, place.pointer]))
  let around = path
  while (around !== '' && !pointers.has(around)) around = around.replace(/(^|\.)[^.[\]{}]+$|\[\]$|\{\}$/, '')
  return pointers.get(around) ?? ''
}
