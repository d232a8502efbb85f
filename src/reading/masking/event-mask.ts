import type { Contract } from '../../contracts/contract.ts'
import type { MaskForm, Masking } from '../../contracts/masking.ts'
import type { ByteText } from '../../json/byte-text.ts'
import { appendSegment, segmentsOf } from '../../json/json-pointer.ts'
import type { SchemaNode } from '../../schemas/avro/schema-node.ts'
import type { Event } from '../event.ts'
import { MaskCompiler } from './mask-compiler.ts'
import { type Place, PlaceRules, strictest } from './places.ts'
import type { PseudonymOf } from './pseudonyms.ts'
import type { MemberMask } from './value-mask.ts'

/** What a reader without the scope is shown of events of one topic and schema. */
export type EventMask = (event: Event) => Event

export interface EventMaskParts {
  contract: Contract & { masking: Masking }
  /** Of the event; undefined where it has none. */
  type: SchemaNode | undefined
  /** That the contract has now; undefined where there is none, or it cannot be had. */
  current: SchemaNode | undefined
  pseudonymOf: PseudonymOf | undefined
}

// What events are, and not what is in them: CloudEvents could not be read without it.
const alwaysTold = new Set([
  'content-type',
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'ce_dataschema',
  'traceparent',
  'tracestate',
])

// CloudEvents' Kafka binding §3.1: the key once more.
const keyHeader = 'ce_partitionkey'

const undecodable = 'The record cannot be decoded. Why that is could show some of it, which the contract masks.'

export function eventMask({ contract, type, current, pseudonymOf }: EventMaskParts): EventMask {
  const { masking } = contract
  const rules = new PlaceRules(masking)
  const top = rules.top(type, current)
  const valueMask = new MaskCompiler(rules, pseudonymOf).maskOf(top)
  const keyForm = keyFormOf(contract, rules, [type, current])
  const headerForm = headerForms(masking, keyForm)
  const textMask = (form: MaskForm) => (text: ByteText | null) =>
    form === 'hash' && text !== null ? (pseudonymOf?.(typeof text === 'string' ? text : text.base64) ?? null) : null

  function headersOf(headers: Event['headers'], masked: Set<string>): Event['headers'] {
    const shown: Event['headers'] = Object.create(null)
    for (const [name, value] of Object.entries(headers)) {
      const { form, isNamed } = headerForm(name)
      if (form !== 'show') masked.add(isNamed ? appendSegment('/headers', name) : '/headers/*')
      if (form === 'show') shown[name] = value
      else if (form !== 'drop') shown[name] = Array.isArray(value) ? value.map(textMask(form)) : textMask(form)(value)
    }
    return shown
  }

  return (event) => {
    const masked = new Set<string>()
    if (keyForm !== 'show') masked.add('/key')
    const key = keyForm === 'show' ? event.key : textMask(keyForm)(event.key)
    const headers = headersOf(event.headers, masked)
    const shown: Event = { ...event, key, headers, ...contentOf(event, valueMask, masked) }
    return masked.size === 0 ? shown : { ...shown, masked: [...masked] }
  }
}

function contentOf(
  { value, schema, error }: Event,
  mask: MemberMask,
  masked: Set<string>,
): Pick<Event, 'value' | 'error'> {
  if (error) return { error: error.code === 'undecodable' ? { ...error, detail: undecodable } : error }
  // A tombstone has nothing to mask.
  const isTombstone = value === null && schema === null
  if (value === undefined || isTombstone || !mask) return {}
  return { value: mask(value, '/value', masked) ?? null }
}

/** Of the field that the key is taken from, by the event's schema and by the contract's: the stricter one. */
function keyFormOf(
  { key, masking, schemaless }: EventMaskParts['contract'],
  rules: PlaceRules,
  [type, current]: readonly [SchemaNode | undefined, SchemaNode | undefined],
): MaskForm {
  if (!key) return masking.key ?? masking.others
  const types = [...new Set([type, current])].filter((each) => each !== undefined)
  // Without any schema it is not known what its tags are.
  const mayBeTagged = !schemaless && Object.values(masking.tags).some((form) => form !== 'show')
  if (types.length === 0 && mayBeTagged) return 'mask'
  const tops = types.length === 0 ? [rules.top(undefined, undefined)] : types.map((each) => rules.top(each, current))
  return strictest(tops.flatMap((top) => formsAt(rules, top, segmentsOf(key.field)))) ?? 'mask'
}

function formsAt(rules: PlaceRules, place: Place, [name, ...rest]: readonly string[]): MaskForm[] {
  if (name === undefined) return [place.form]
  const beneath = rules.beneath(place)
  if (place.type?.kind === 'union') {
    return beneath.flatMap((branch) => formsAt(rules, branch.place, [name, ...rest]))
  }
  const next = beneath.find((each) => each.name === name) ?? beneath.find((each) => each.name === undefined)
  return next ? formsAt(rules, next.place, rest) : []
}

function headerForms({ headers, others }: Masking, keyForm: MaskForm) {
  const named = new Map(Object.entries(headers))
  return (name: string): { form: MaskForm; isNamed: boolean } => {
    const own = named.get(name) ?? (name.toLowerCase() === keyHeader ? keyForm : undefined)
    if (own !== undefined) return { form: own, isNamed: true }
    const form = named.get('*') ?? (alwaysTold.has(name) ? 'show' : others)
    return { form, isNamed: false }
  }
}
