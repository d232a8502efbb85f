import type { Rule, RuleId } from './rule.ts'
import { enumDefault, nullableDefault } from './rules/defaults.ts'
import { enumDoc, fieldDoc, recordDoc } from './rules/documentation.ts'
import { forbiddenTypes } from './rules/forbidden-types.ts'
import { moneyType } from './rules/money-type.ts'
import { namespace } from './rules/namespace.ts'
import { fieldName, symbolName, typeName } from './rules/naming.ts'
import { owner } from './rules/owner.ts'
import { piiTags } from './rules/pii-tags.ts'
import { recordSize, schemaDepth, schemaSize } from './rules/sizes.ts'

/** Every rule, in the order in which those that speak of the same place are listed. */
export const rules: Readonly<Record<RuleId, Rule>> = {
  'schema-size': schemaSize,
  'schema-depth': schemaDepth,
  'record-size': recordSize,
  'forbidden-types': forbiddenTypes,
  'money-type': moneyType,
  'type-name': typeName,
  'field-name': fieldName,
  'symbol-name': symbolName,
  namespace,
  owner,
  'record-doc': recordDoc,
  'enum-doc': enumDoc,
  'field-doc': fieldDoc,
  'nullable-default': nullableDefault,
  'enum-default': enumDefault,
  'pii-tags': piiTags,
}
