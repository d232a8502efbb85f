import { z } from 'zod'
import { didYouMean } from '../errors/did-you-mean.ts'
import { unknownName } from '../yaml/explain-issue.ts'
import type { ConfigFault } from './config-error.ts'
import { isSecretProperty, propertyOf } from './kafka-properties.ts'
import { type Setting, secretSettings, settings } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A value and the variable that brought it. */
export interface Sourced {
  setting: string
  value: unknown
}

export interface EnvironmentValues {
  settings: Map<Setting, Sourced>
  secrets: Map<Setting, Sourced>
  kafkaProperties: Map<string, Sourced>
  kafkaSecrets: Map<string, Sourced>
  faults: ConfigFault[]
}

const known = new Map(settings.map((setting) => [setting.env, setting]))
const knownSecrets = new Map(secretSettings.map((setting) => [setting.env, setting]))
const kafkaSecretPrefix = 'HEADGATE_SECRETS_KAFKA_'
const kafkaPrefix = 'HEADGATE_KAFKA_'
const elsewhere = /^HEADGATE_(CONFIG$|LOCAL_|TEST_|CLIENT_)/

// A Service named `headgate` or `headgate-…` makes Kubernetes set these in every container of its namespace.
const byKubernetes = /^HEADGATE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/
const linkByKubernetes = /^(tcp|udp|sctp):\/\//

/** Sorts the variables that are Headgate's into what they set. A variable without text counts as absent. */
export function readEnvironment(env: Environment, readFile: (path: string) => string): EnvironmentValues {
  const found: EnvironmentValues = {
    settings: new Map(),
    secrets: new Map(),
    kafkaProperties: new Map(),
    kafkaSecrets: new Map(),
    faults: [],
  }
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('HEADGATE_') || elsewhere.test(name) || !text || isFromKubernetes(name, text)) continue
    const setting = known.get(name)
    if (setting) found.settings.set(setting, { setting: name, value: coerced(setting.schema, text) })
    else if (!readSecret(name, text, readFile, found)) readProperty(name, text, found)
  }
  return found
}

const isFromKubernetes = (name: string, text: string): boolean =>
  byKubernetes.test(name) || (name.endsWith('_PORT') && linkByKubernetes.test(text))

function readSecret(name: string, text: string, readFile: (path: string) => string, found: EnvironmentValues): boolean {
  const isFile = name.endsWith('_FILE')
  const direct = isFile ? name.slice(0, -'_FILE'.length) : name
  const setting = knownSecrets.get(direct)
  const property = secretPropertyOf(direct)
  if (!setting && property === undefined) return false

  const value = isFile ? contentOf(name, text, readFile, found.faults) : text
  if (value === undefined) return true
  const already = setting ? found.secrets.get(setting) : found.kafkaSecrets.get(property ?? '')
  if (already) found.faults.push({ setting: name, message: `sets what ${already.setting} sets too; keep one of them` })
  if (setting) found.secrets.set(setting, { setting: name, value: coerced(setting.schema, value) })
  else if (property !== undefined) found.kafkaSecrets.set(property, { setting: name, value })
  return true
}

function secretPropertyOf(name: string): string | undefined {
  if (name.startsWith(kafkaSecretPrefix)) return propertyOf(name.slice(kafkaSecretPrefix.length))
  const property = name.startsWith(kafkaPrefix) ? propertyOf(name.slice(kafkaPrefix.length)) : ''
  return isSecretProperty(property) ? property : undefined
}

// The path is not shown: whoever mistakes the variable puts the secret itself there.
function contentOf(name: string, path: string, readFile: (path: string) => string, faults: ConfigFault[]) {
  try {
    const content = readFile(path).trim()
    if (content) return content
    faults.push({ setting: name, message: 'the file that it names is empty' })
  } catch (error) {
    faults.push({ setting: name, message: `the file that it names cannot be read (${reasonOf(error)})` })
  }
  return undefined
}

function readProperty(name: string, value: string, found: EnvironmentValues): void {
  const rest = name.startsWith(kafkaPrefix) ? name.slice(kafkaPrefix.length) : ''
  const ownKafkaNames = settings
    .filter(({ path }) => path[0] === 'kafka')
    .map(({ env }) => env.slice(kafkaPrefix.length))
  if (rest && didYouMean(rest, ownKafkaNames) === undefined) {
    found.kafkaProperties.set(propertyOf(rest), { setting: name, value })
    return
  }
  const names = [...known.keys(), ...[...knownSecrets.keys()].flatMap((secret) => [secret, `${secret}_FILE`])]
  found.faults.push({ setting: name, message: unknownName(name, names) })
}

function coerced(schema: z.ZodType, text: string): unknown {
  if (schema instanceof z.ZodArray)
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  if (schema instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text)
  if (schema instanceof z.ZodBoolean && /^(true|false)$/.test(text.trim())) return text.trim() === 'true'
  return text
}

export function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
