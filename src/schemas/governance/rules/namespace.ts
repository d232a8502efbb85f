import { isJsonObject } from '../../../json/json-value.ts'
import { oneOf } from '../../avro/encoding.ts'
import { namespaceOf } from '../../avro/schema-names.ts'
import { isWithin } from '../names.ts'
import { found, nothing, quoted, type Rule } from '../rule.ts'

/** A namespace is judged where it is written, and its lack at the top: types within others have theirs. */
export const namespace: Rule = {
  since: 1,
  check(part, { namespace: { allowed } }) {
    if (part.part !== 'type' || !part.name || part.kind === 'reference' || !isJsonObject(part.json)) return nothing
    const isWritten = typeof part.json.namespace === 'string'
    const isInName = typeof part.json.name === 'string' && part.json.name.includes('.')
    if (!part.isTop && !isWritten && !isInName) return nothing

    const its = namespaceOf(part.name)
    const wanted = allowed[0] ?? 'org.example'
    if (its === '') {
      const message = `The ${part.kind} ${quoted(part.name)} has no namespace.`
      return found(part, isWritten ? '/namespace' : '', message, `Write "namespace": "${wanted}".`)
    }
    if (allowed.length === 0 || allowed.some((outer) => isWithin(its, outer))) return nothing
    const message = `The namespace ${quoted(its)} is not ${oneOf(allowed)}.`
    return found(part, isInName ? '/name' : '/namespace', message, `Move the ${part.kind} to ${quoted(wanted)}.`)
  },
}
