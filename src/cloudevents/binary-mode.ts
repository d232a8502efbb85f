import type { RequestFault } from '../errors/request-fault.ts'
import { shortened } from '../errors/shortened.ts'
import { isAttributeText, requiredAttributes } from './attributes.ts'

const prefix = 'ce-'
const longestName = 128
const requiredHeaders = requiredAttributes.map((name) => `${prefix}${name}`)

/** Whether a request has a CloudEvent in binary mode: any of the required headers, and no body in structured mode. */
export function isBinaryMode(headers: NodeJS.Dict<string | string[]>): boolean {
  if (!requiredHeaders.some((name) => headers[name] !== undefined)) return false
  return !/^application\/cloudevents/i.test(String(headers['content-type'] ?? ''))
}

export interface BinaryReading {
  attributes: Record<string, string>
  faults: RequestFault[]
}

/** The attributes in a request's headers, by their lower-case names, each with all its values; their own forms are not judged here. */
export function readBinary(headers: NodeJS.Dict<string[]>): BinaryReading {
  const attributes: Record<string, string> = {}
  const faults: RequestFault[] = []
  for (const [header, values = []] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue
    const name = header.slice(prefix.length)
    const text = decodeHeaderText(values[0] ?? '')
    const message = nameFault(name) ?? (values.length > 1 ? 'is given twice' : textFault(text))
    if (message) faults.push({ in: 'header', pointer: shortened(header, longestName), message })
    else attributes[name] = text as string
  }
  for (const pointer of requiredHeaders) {
    if (headers[pointer] === undefined) faults.push({ in: 'header', pointer, message: 'is required of a CloudEvent' })
  }
  const [contentType] = headers['content-type'] ?? []
  if (contentType !== undefined) attributes.datacontenttype = contentType
  return { attributes, faults }
}

function nameFault(name: string): string | undefined {
  if (name === 'data') return 'is no attribute: data is the body'
  if (name === 'datacontenttype') return 'must not be there: Content-Type says it'
  return /^[a-z0-9]+$/.test(name) ? undefined : 'is no attribute: names have letters and digits only'
}

function textFault(text: string | undefined): string | undefined {
  if (text === undefined) return 'must be printable ASCII, and anything else percent-encoded UTF-8'
  return isAttributeText(text) ? undefined : 'must not have control characters or noncharacters'
}

/** HTTP binding 1.0, §3.1.3.2: out of quotation marks, then percent-decoded once. Undefined where it is not of that form. */
export function decodeHeaderText(text: string): string | undefined {
  if (!/^[\t\x20-\x7e]*$/.test(text)) return undefined
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1]
  try {
    return decodeURIComponent(quoted === undefined ? text : quoted.replace(/\\(.)/g, '$1'))
  } catch {
    return undefined
  }
}
