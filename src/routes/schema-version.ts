import { requestError } from '../errors/request-fault.ts'
import type { OperationInput } from './operation.ts'

type VersionInput = Pick<OperationInput<'publishEvent' | 'publishBatch' | 'validateEvents'>, 'query' | 'headers'>

/** The version of the schema that a request asks for, as an option of publishing. */
export function schemaVersionOf({ query, headers }: VersionInput): { schemaVersion?: number } {
  const { schemaVersion: inQuery } = query
  const inHeader = headers['Event-Schema-Version']
  if (inQuery !== undefined && inHeader !== undefined)
    throw requestError('header', 'Event-Schema-Version', 'is given in the query, too')
  const schemaVersion = inQuery ?? inHeader
  return schemaVersion === undefined ? {} : { schemaVersion }
}
