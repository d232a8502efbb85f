import type { Principal } from '../auth/principal.ts'
import type { Contract } from '../contracts/contract.ts'
import { judgedExamples } from '../documents/judged-examples.ts'
import type { components } from '../generated/openapi.ts'
import type { WriterSchema } from '../schemas/schema-catalog.ts'
import { unmaskingScope } from './unmasking-scopes.ts'

type ContractView = components['schemas']['Topic']['contract']

/** What a caller sees of the contract of a topic that he may publish to or read from. */
export function contractView(contract: Contract, schema: WriterSchema | null, principal: Principal): ContractView {
  const { owner, description, subjectName, subject, key, schemaless, write, read, deprecation } = contract
  return {
    owner: owner ?? null,
    ...(description !== undefined && { description }),
    subject: subjectName,
    version: (subject.version ?? 'latest') as ContractView['version'],
    keyField: key?.field ?? null,
    schemaless,
    masking: maskingView(contract, principal),
    write: { ...write, closed: write.closed ?? null, requires: write.requires ?? null },
    read: { closed: read.closed ?? null, requires: read.requires ?? null },
    deprecation: (deprecation ?? null) as ContractView['deprecation'],
    examples: judgedExamples(contract, schema?.codec ?? null) as ContractView['examples'],
  }
}

function maskingView(contract: Contract, principal: Principal): ContractView['masking'] {
  const { topic, masking } = contract
  if (!masking) return null
  return { unless: masking.unless, applies: unmaskingScope(principal, topic, { get: () => contract }) === undefined }
}
