import type { ApiContract, Schema } from './contract.ts'

/** Schemas by name, with those that they refer to. AsyncAPI keeps them in the same place as OpenAPI: references hold. */
export function reachedFrom({ components }: ApiContract, names: readonly string[]): Record<string, Schema> {
  const reached: Record<string, Schema> = {}
  const reach = (name: string): void => {
    const schema = components.schemas[name]
    if (!schema || Object.hasOwn(reached, name)) return
    reached[name] = schema
    for (const found of referencesIn(schema)) reach(found)
  }
  for (const name of names) reach(name)
  return reached
}

/** The names of the schemas of openapi.yaml that a part of it refers to. */
export const referencesIn = (part: unknown): string[] =>
  [...JSON.stringify(part).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name)
