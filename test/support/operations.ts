import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { OperationSpec } from '../../src/openapi/contract.ts'

type Json = Record<string, unknown>

/** openapi.yaml as data, its references replaced by what they point to. */
export function dereferencedDocument(): { paths: Record<string, Record<string, Json>> } & Json {
  const document = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as Json
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined)
    if (typeof value !== 'object' || value === null) return value
    const { $ref } = value as { $ref?: string }
    // Schemas keep theirs: Ajv resolves them.
    if ($ref && !$ref.startsWith('#/components/schemas/')) {
      return inlined(
        $ref
          .slice(2)
          .split('/')
          .reduce<unknown>((here, name) => (here as Json)[name], document),
      )
    }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inlined(member)]))
  }
  return inlined(document) as ReturnType<typeof dereferencedDocument>
}

const names: Record<string, string> = {
  topic: 'orders',
  partition: '0',
  offset: '0',
  revision: '1',
  asset: 'start.js',
  code: 'internal',
  id: 'ABCDEFGHIJKL',
  subject: 'orders-value',
  version: 'latest',
  schemaId: '1',
  name: 'orders-billing',
  refusal: '00000000-0',
}

/** What the operation's scope is for: a topic, a subject, a subscription, or nothing that has a name. */
export const guardedName = ({ path }: OperationSpec): string | undefined => {
  const [, kind] = /\{(topic|subject|name)\}/.exec(path) ?? []
  return kind && names[kind]
}

/** A path of the operation, with names in its places. */
export const pathOf = ({ path }: OperationSpec): string =>
  path.replace(/\{([^}]+)\}/g, (_place, name: string) => {
    const value = names[name]
    if (value === undefined) throw new Error(`the tests have no value for {${name}}`)
    return value
  })
