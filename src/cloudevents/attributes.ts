import type { EventIn } from '../publishing/event-in.ts'

/** Context attributes by name, each in its canonical text (CloudEvents 1.0, type system). */
export type Attributes = Readonly<Record<string, string>>

export const requiredAttributes = ['specversion', 'id', 'source', 'type'] as const

/** Text of an attribute has neither control characters nor noncharacters. */
export const isAttributeText = (text: string): boolean => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)

/**
 * The event that a CloudEvent is, by the binary mode of the Kafka binding: every attribute becomes a header `ce_*`, but for
 * `datacontenttype`, which becomes `content-type`; `partitionkey` is the key as well; no data is no value (§3.1, §3.2).
 */
export function eventOf({ datacontenttype, ...attributes }: Attributes, value: EventIn['value']): EventIn {
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]))
  const contentType = datacontenttype ?? (value === null ? undefined : 'application/json')
  return {
    value,
    headers,
    ...(attributes.partitionkey !== undefined && { key: attributes.partitionkey }),
    ...(contentType !== undefined && { contentType }),
  }
}

/** Names of headers that the attributes of a CloudEvent take. */
export const isAttributeHeader = (name: string): boolean => /^(?:ce_.*|content-type)$/i.test(name)
