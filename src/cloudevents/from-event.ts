import { isJsonObject, type JsonObject } from '../json/json-value.ts'
import type { Event } from '../reading/event.ts'
import { isAttributeText, requiredAttributes } from './attributes.ts'
import { cloudEvent, isJsonType } from './media-types.ts'

/** An event as it is read, as a CloudEvent in the JSON event format: with the attributes that its record has, or with made ones. */
export function cloudEventOf(event: Event): JsonObject {
  const { error, value = null } = event
  if (error) {
    const data = { detail: error.detail }
    return { ...madeAttributes(event), type: `headgate.${error.code}`, datacontenttype: 'application/json', data }
  }
  const contentType = textOf(event, 'content-type')
  if (contentType?.toLowerCase().startsWith(cloudEvent) && isJsonObject(value) && isCloudEvent(value)) return value
  const written = binaryAttributes(event)
  const isWritten = isCloudEvent(written)
  const attributes = isWritten ? written : madeAttributes(event)
  if (value === null) {
    return isWritten && contentType !== undefined ? { ...attributes, datacontenttype: contentType } : attributes
  }
  // Avro was decoded: what stands here is JSON.
  const datacontenttype = contentType !== undefined && isJsonType(contentType) ? contentType : 'application/json'
  return { ...attributes, datacontenttype, data: value }
}

function isCloudEvent(attributes: JsonObject): boolean {
  const { specversion } = attributes
  return specversion === '1.0' && requiredAttributes.every((name) => isFilled(attributes[name]))
}

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Kafka binding 1.0, §3.2.3. A header that cannot be an attribute is none. */
function binaryAttributes(event: Event): JsonObject {
  const attributes: JsonObject = {}
  for (const header of Object.keys(event.headers)) {
    const [, name] = /^ce_([a-z0-9]+)$/.exec(header) ?? []
    const text = name === undefined ? undefined : textOf(event, header)
    if (name === undefined || name === 'data' || name === 'datacontenttype' || text === undefined) continue
    if (isAttributeText(text)) attributes[name] = text
  }
  return attributes
}

function madeAttributes({ topic, partition, offset, timestamp, key }: Event): JsonObject {
  return {
    specversion: '1.0',
    id: `${topic}/${partition}/${offset}`,
    source: `/v1/topics/${topic}`,
    type: topic,
    ...(timestamp !== null && { time: timestamp }),
    ...(typeof key === 'string' && key !== '' && isAttributeText(key) && { partitionkey: key }),
  }
}

function textOf({ headers }: Event, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
