import { parseSchema } from '../../schemas/avro/parse-schema.ts'
import { invalidDefaults } from '../../schemas/governance/avro/invalid-defaults.ts'
import { readParts } from '../../schemas/governance/avro/read-parts.ts'
import type { SchemaFault } from '../../schemas/governance/avro/schema-reading.ts'
import { judgeParts } from '../../schemas/governance/judge-parts.ts'
import type { Policy } from '../../schemas/governance/rule.ts'
import { compareFile } from './compare-files.ts'
import { definedBy } from './defined-by.ts'
import type { Earlier } from './earlier-versions.ts'
import { type LinkedFile, linkFiles } from './link-files.ts'
import type { FileReport, Report } from './report.ts'
import { readSchemaFile } from './schema-file.ts'

/** Judges files as schemas of a registry would be, each with those of the others that it uses. */
export function checkFiles(files: readonly string[], policy: Policy, earlier?: Earlier): Report {
  const readings = files.map(readSchemaFile)
  const linked = new Map(linkFiles(readings.filter((reading) => 'json' in reading)).map((link) => [link.file, link]))
  return {
    policy: policy.policy,
    files: readings.map((reading) => {
      const link = 'json' in reading ? linked.get(reading) : undefined
      if (!link) return { file: reading.file, faults: faultsOf(reading), findings: [] }
      const checked = checkFile(link, policy)
      if (!earlier || checked.faults.length > 0) return checked
      const compared = compareFile(link, earlier, files.length === 1)
      return { ...checked, ...compared }
    }),
  }
}

const faultsOf = (reading: ReturnType<typeof readSchemaFile>) => ('faults' in reading ? reading.faults : [])

function checkFile(link: LinkedFile, policy: Policy): FileReport {
  const { file, references } = link
  const { parts, faults } = readParts(file.json, definedBy(references))
  const explained = new Set(link.faults.map(({ pointer }) => pointer))
  const found = [...link.faults, ...faults.filter(({ missing, pointer }) => !missing || !explained.has(pointer))]
  if (found.length === 0) found.push(...faultsOfDefaults(link, parts))
  const located = found.map(({ pointer, path, message }) => ({
    ...file.located.placeOf(pointer),
    ...{ pointer, path, message },
  }))
  if (located.length > 0) return { file: file.file, faults: located, findings: [] }
  const findings = [...judgeParts(parts, policy)].map((finding) => ({
    ...file.located.placeOf(finding.pointer),
    ...finding,
  }))
  return { file: file.file, faults: [], findings }
}

/** Where a file that is used has faults, its types cannot be told. It says so itself. */
function faultsOfDefaults(
  { file, references }: LinkedFile,
  parts: Parameters<typeof invalidDefaults>[1],
): SchemaFault[] {
  const known = new Set<string>()
  for (const { json } of references) {
    const { faults, defined } = readParts(json, known)
    if (faults.length > 0) return []
    for (const name of defined.keys()) known.add(name)
  }
  const texts = references.map(({ text }) => text)
  return invalidDefaults(parseSchema(file.text, texts), parts)
}
