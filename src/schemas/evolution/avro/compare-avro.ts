import type { Break, Change, ChangeKind } from '../change.ts'
import type { Direction } from '../level.ts'
import type { Comparison } from '../verdict.ts'
import type { AvroDocument } from './avro-document.ts'
import { describe } from './describe.ts'
import { type Difference, differences, type Part } from './difference.ts'
import { blamedOn, explain } from './explain.ts'
import { Effort, type Incompatibility, incompatibilities } from './resolution.ts'
import { isField } from './wording.ts'

/**
 * Compares Avro schemas, and explains what Avro's schema resolution makes of each difference. All comparisons of one such
 * function share what they may cost; past that it throws a SchemaError.
 */
export function avroComparison(): Comparison<AvroDocument> {
  const effort = new Effort()
  return (older, newer) => {
    const backward = incompatibilities(newer.node, older.node, effort)
    const forward = incompatibilities(older.node, newer.node, effort)
    const blamed = new BlamedDifferences(differences(older.node, newer.node))
    for (const each of backward) blamed.blame(each, 'backward')
    for (const each of forward) blamed.blame(each, 'forward')
    return blamed.all.map((difference) => changeOf(difference, blamed.breaksOf(difference), older, newer))
  }
}

/** Differences, and what they break. */
class BlamedDifferences {
  readonly all: Difference[]
  readonly #breaks = new Map<Difference, Break[]>()
  readonly #byPart = new Map<Part, Difference[]>()

  constructor(all: Difference[]) {
    this.all = all
    for (const difference of all) this.#index(difference)
  }

  breaksOf(difference: Difference): readonly Break[] {
    return this.#breaks.get(difference) ?? []
  }

  /** Finds the difference that explains an incompatibility, or adds one that says it. */
  blame(found: Incompatibility, direction: Direction): void {
    const difference = this.#find(found, direction) ?? this.#add(found, direction)
    const known = this.#breaks.get(difference) ?? []
    this.#breaks.set(difference, known)
    if (known.some((other) => other.direction === direction)) return
    known.push({ direction, ...explain(found, direction, difference) })
  }

  #find(found: Incompatibility, direction: Direction): Difference | undefined {
    const kinds = blamedOn(found, direction)
    const [older, newer] = partsOf(found, direction)
    // A union is a part of many differences, its branch of few.
    const near = this.#byPart.get(found.kind === 'no-branch' ? found.writer : found.reader) ?? []
    return near.find(
      (difference) =>
        kinds.includes(difference.kind) &&
        (isOfField(difference) || (difference.older === older && difference.newer === newer)),
    )
  }

  #add(found: Incompatibility, direction: Direction): Difference {
    const [older, newer] = partsOf(found, direction)
    const difference: Difference = { kind: blamedOn(found, direction).at(-1) as ChangeKind, older, newer }
    this.all.push(difference)
    this.#index(difference)
    return difference
  }

  #index(difference: Difference): void {
    for (const part of [difference.older, difference.newer]) {
      const known = this.#byPart.get(part) ?? []
      this.#byPart.set(part, known)
      known.push(difference)
    }
  }
}

const isOfField = ({ older, newer }: Difference): boolean => isField(older) || isField(newer)

function partsOf(found: Incompatibility, direction: Direction): [older: Part, newer: Part] {
  const writer = writerOf(found)
  return direction === 'backward' ? [writer, found.reader] : [found.reader, writer]
}

function writerOf(found: Incompatibility): Part {
  return found.kind === 'several-values' ? (found.sources[0] as Part) : found.writer
}

function changeOf(difference: Difference, breaks: readonly Break[], older: AvroDocument, newer: AvroDocument): Change {
  const { kind } = difference
  const isGone = kind === 'field-removed' || kind === 'union-branch-removed'
  const place = isGone ? older.places.get(difference.older) : newer.places.get(difference.newer)
  return { kind, path: place?.path ?? '', pointer: place?.pointer ?? '', ...describe(difference), breaks }
}
