import assert from 'node:assert/strict'
import { loadApiContract } from '../../src/openapi/contract.ts'
import { compileSchema, documentAjv } from '../../src/openapi/validator.ts'

const isValid = compileSchema(documentAjv(loadApiContract()), { $ref: '#/components/schemas/StreamMessage' })

/** Every message of every test is as openapi.yaml documents it. */
export function assertValidLine(message: unknown): void {
  assert.ok(
    isValid(message),
    `${JSON.stringify(message).slice(0, 500)}: ${JSON.stringify(isValid.errors?.slice(0, 3))}`,
  )
}
