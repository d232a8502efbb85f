import type { Break, Change } from './change.ts'
import { asks, isTransitive, type Level, levels } from './level.ts'

/** All that changed from one version of a schema to another, in the schema's own language. */
export type Comparison<Schema> = (older: Schema, newer: Schema) => readonly Change[]

export interface EarlierVersion<Schema> {
  version: number
  schema: Schema
}

/** A break, the versions that it breaks, and the levels that do not allow it. */
export interface JudgedBreak extends Break {
  versions: number[]
  levels: Level[]
}

/** A change, and the versions since which it is one. */
export interface JudgedChange extends Omit<Change, 'breaks'> {
  versions: number[]
  breaks: JudgedBreak[]
}

export interface LevelVerdict {
  level: Level
  compatible: boolean
  /** The earlier versions that make it incompatible, the latest first. */
  broken: number[]
}

export interface Evolution {
  levels: LevelVerdict[]
  /** All since the latest version; since those before it, what breaks something. */
  changes: JudgedChange[]
}

/** What the levels say of a candidate after these versions, which stand in their order. Deleted ones are not among them. */
export function judgeEvolution<Schema>(
  compare: Comparison<Schema>,
  candidate: Schema,
  versions: readonly EarlierVersion<Schema>[],
): Evolution {
  const judged = new Map<string, JudgedChange>()
  const latest = versions.at(-1)?.version
  for (const { version, schema } of versions.toReversed()) {
    for (const change of compare(schema, candidate)) {
      if (version === latest || change.breaks.length > 0) note(judged, change, version, version === latest)
    }
  }
  const changes = [...judged.values()]
  return { changes, levels: levels.map((level) => verdictOf(level, changes)) }
}

export function isCompatible<Schema>(
  compare: Comparison<Schema>,
  level: Level,
  candidate: Schema,
  versions: readonly EarlierVersion<Schema>[],
): boolean {
  const { levels: verdicts } = judgeEvolution(compare, candidate, versionsFor(level, versions))
  return verdicts.some((verdict) => verdict.level === level && verdict.compatible)
}

/** Those of the versions that the level looks at. */
export function versionsFor<Version>(level: Level, versions: readonly Version[]): readonly Version[] {
  if (level === 'NONE') return []
  return isTransitive(level) ? versions : versions.slice(-1)
}

function note(judged: Map<string, JudgedChange>, { breaks, ...change }: Change, version: number, isLatest: boolean) {
  const key = JSON.stringify([change.kind, change.path, change.before, change.after, change.message])
  const known = judged.get(key) ?? { ...change, versions: [], breaks: [] }
  judged.set(key, known)
  known.versions.push(version)
  for (const found of breaks) {
    const same = known.breaks.find(({ direction, why }) => direction === found.direction && why === found.why)
    if (same) same.versions.push(version)
    else known.breaks.push({ ...found, versions: [version], levels: levelsAgainst(found, isLatest) })
  }
}

// The latest version comes first: what breaks it is asked for by all of the direction's levels.
const levelsAgainst = ({ direction }: Break, isLatest: boolean): Level[] =>
  levels.filter((level) => asks(level, direction) && (isLatest || isTransitive(level)))

function verdictOf(level: Level, changes: readonly JudgedChange[]): LevelVerdict {
  const breaks = changes.flatMap((change) => change.breaks).filter((found) => found.levels.includes(level))
  const broken = breaks.flatMap(({ versions }) => (isTransitive(level) ? versions : versions.slice(0, 1)))
  return { level, compatible: broken.length === 0, broken: [...new Set(broken)].sort((a, b) => b - a) }
}
