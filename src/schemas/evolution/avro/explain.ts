import type { RecordNode } from '../../avro/schema-node.ts'
import type { Break, ChangeKind } from '../change.ts'
import type { Direction } from '../level.ts'
import type { Difference } from './difference.ts'
import type { Incompatibility } from './resolution.ts'
import { listed, nameOf, quoted, typeOf, typeText } from './wording.ts'

type Explanation = Omit<Break, 'direction'>

/** The differences that can be to blame for an incompatibility; the last is how it shows where nothing else differs. */
export function blamedOn(found: Incompatibility, direction: Direction): [...ChangeKind[], ChangeKind] {
  const isBackward = direction === 'backward'
  switch (found.kind) {
    case 'no-value':
      return ['field-renamed', isBackward ? 'field-added' : 'field-removed']
    case 'several-values':
      return ['field-added', 'field-removed', 'field-renamed', 'aliases-changed']
    case 'other-type':
      return ['type-changed']
    case 'no-branch':
      return [isBackward ? 'union-branch-removed' : 'union-branch-added']
    case 'no-symbols':
      return [isBackward ? 'symbols-removed' : 'symbols-added']
    case 'other-size':
      return ['size-changed']
    case 'other-name':
      return ['type-renamed', 'name-changed']
  }
}

/** Why the difference breaks the direction, and what would mend it. */
export function explain(found: Incompatibility, direction: Direction, { kind, older, newer }: Difference): Explanation {
  const isBackward = direction === 'backward'
  switch (found.kind) {
    case 'no-value': {
      const field = quoted(found.reader.name)
      if (isBackward) {
        return {
          why: `Events of the earlier version have no ${field}, and it has no default to take its place.`,
          fix: kind === 'field-renamed' ? aliasFix(field, nameOf(older)) : defaultFix(found),
        }
      }
      return {
        why: `Readers of the earlier version need ${field}, which has no default there, and new events do not have it.`,
        fix:
          kind === 'field-renamed'
            ? `Keep the name ${field}: an alias helps readers of the new schema only.`
            : `Keep ${field}, or remove it only after a version in which it has a default.`,
      }
    }
    case 'several-values':
      return {
        why: `By its name and aliases ${quoted(found.reader.name)} is read from several fields: ${listed(found.sources.map(({ name }) => name))}.`,
        fix: 'Remove the aliases that are names of fields.',
      }
    case 'other-type':
      return {
        why: `${eventsOf(direction)} have ${typeOf(found.writer)} here, which cannot be read as ${typeOf(found.reader)}.`,
        fix: `Keep ${typeOf(older)}, or add a field of the new type beside it, with a default.`,
      }
    case 'no-branch':
      return {
        why: `${eventsOf(direction)} may have ${typeOf(found.writer)} here, which readers with ${typeOf(found.reader)} do not take.`,
        fix: isBackward
          ? `Keep ${typeOf(found.writer)} in a union with what may stand here now.`
          : `Leave ${quoted(typeText(found.writer))} out, or add a field for it beside this one, with a default.`,
      }
    case 'no-symbols':
      return {
        why: `${eventsOf(direction)} may have ${listed(found.symbols)}, which the reader's ${quoted(found.reader.name)} does not know, and it has no default.`,
        fix: isBackward
          ? 'Keep the symbols, or give the enum a default.'
          : 'Add the symbols only after a version in which the enum has a default.',
      }
    case 'other-size':
      return {
        why: `A fixed of ${found.writer.size} bytes cannot be read as one of ${found.reader.size}.`,
        fix: 'Keep the size, or add a field of a new type beside it, with a default.',
      }
    case 'other-name':
      return {
        why: `Types of different names are different types, and the reader's ${quoted(found.reader.name)} has no alias ${quoted(found.writer.name)}.`,
        fix: isBackward
          ? `Keep the name, or give ${quoted(nameOf(newer))} the alias ${quoted(nameOf(older))}.`
          : `Keep the name: an alias helps readers of the new schema only.`,
      }
  }
}

const eventsOf = (direction: Direction): string =>
  direction === 'backward' ? 'Events of the earlier version' : 'New events'

const aliasFix = (field: string, was: string): string => `Give ${field} the alias ${quoted(was)}, or a default.`

function defaultFix({ reader, readerRecord, writer }: Extract<Incompatibility, { kind: 'no-value' }>): string {
  const field = quoted(reader.name)
  const [only, ...further] = namesOnlyIn(writer, readerRecord, typeText(reader.type))
  if (only === undefined || further.length > 0) return `Give ${field} a default.`
  return `Give ${field} a default; or, if it is ${quoted(only)} under a new name, the alias ${quoted(only)}.`
}

const mostFieldsToGuessIn = 200

function namesOnlyIn(one: RecordNode, other: RecordNode, type: string): string[] {
  if (Math.max(one.fields.length, other.fields.length) > mostFieldsToGuessIn) return []
  const kept = new Set(other.fields.flatMap(({ name, aliases }) => [name, ...aliases]))
  return one.fields.filter((field) => !kept.has(field.name) && typeText(field.type) === type).map(({ name }) => name)
}
