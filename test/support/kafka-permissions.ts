import { readFileSync } from 'node:fs'
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka'

export interface Permitted {
  type: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID'
  /** With `*` at its end, all that begin so. */
  name: string
  operations: readonly string[]
}

/** A table of docs/security.md by the heading of its second column: on what, and the operations that are named. */
export function documentedPermissions(heading: string): [on: string, operations: string[]][] {
  const text = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
  const [, table = ''] = new RegExp(`\\| On \\| ${heading} \\|\\n\\|[-|]+\\|\\n((?:\\|.*\\n)+)`).exec(text) ?? []
  return table
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([, on = '', operations = '']) => [on, [...operations.matchAll(/[A-Z_]{4,}/g)].map(([name]) => name)])
}

export async function permit(bootstrap: string, user: string, permitted: readonly Permitted[]): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [bootstrap] })
  const creations = permitted.flatMap(({ type, name, operations }) =>
    operations.map((operation) => ({
      resourceType: ResourceTypes[type],
      resourceName: name.replace(/\*$/, ''),
      resourcePatternType: name.endsWith('*') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      principal: `User:${user}`,
      host: '*',
      operation: AclOperations[operation as keyof typeof AclOperations],
      permissionType: AclPermissionTypes.ALLOW,
    })),
  )
  await admin.createAcls({ creations })
  await admin.close()
}
