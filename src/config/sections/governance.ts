import { z } from 'zod'

const levels = ['off', 'warn', 'refuse'] as const
/** What a finding of a rule does to a schema. */
export type RuleLevel = (typeof levels)[number]

const styles = ['PascalCase', 'camelCase', 'snake_case', 'UPPER_SNAKE_CASE'] as const
/** How the words of a name are put together. */
export type NameStyle = (typeof styles)[number]

const newestPolicy = 1

const rule = (fallback: RuleLevel, meaning: string) => z.enum(levels).default(fallback).describe(meaning)
const most = (fallback: number, meaning: string) => z.int().min(1).default(fallback).describe(meaning)
const texts = (fallback: string[], meaning: string) => z.array(z.string().min(1)).default(fallback).describe(meaning)
const styleList = (fallback: NameStyle[], of: string) =>
  z.array(z.enum(styles)).min(1).default(fallback).describe(`Styles of which ${of} has one.`)

const moneyNames = [
  'amount',
  'price',
  'cost',
  'fee',
  'balance',
  'salary',
  'wage',
  'tax',
  'vat',
  'money',
  'payment',
  'discount',
  'refund',
  'revenue',
  'credit_limit',
]

const personalNames = [
  'email',
  'phone',
  'mobile',
  'first_name',
  'last_name',
  'full_name',
  'surname',
  'address',
  'postcode',
  'zip_code',
  'birth_date',
  'birthday',
  'date_of_birth',
  'ssn',
  'social_security',
  'national_id',
  'tax_id',
  'passport',
  'iban',
  'credit_card',
  'card_number',
  'password',
]

const rulesSchema = z.strictObject({
  'type-name': rule('warn', 'The names of records, enums and fixed types have one style.'),
  'field-name': rule('warn', 'The names of fields have one style.'),
  'symbol-name': rule('off', 'The symbols of enums have one style.'),
  namespace: rule('warn', 'Every named type has a namespace, one of those that are allowed.'),
  'record-doc': rule('warn', 'Every record says what it is (`doc`).'),
  'enum-doc': rule('off', 'Every enum says what it is (`doc`).'),
  'field-doc': rule('warn', 'Every field says what it holds (`doc`).'),
  owner: rule('off', 'The type at the top says who owns it.'),
  'nullable-default': rule('warn', 'A field that may be `null` has a default.'),
  'enum-default': rule('warn', 'An enum has a symbol for readers that do not know the one they meet (`default`).'),
  'money-type': rule('warn', 'What is named like money is neither `float` nor `double`.'),
  'forbidden-types': rule('warn', 'None of the types that are listed is used.'),
  'schema-depth': rule('warn', 'Records, arrays and maps are not nested too deeply.'),
  'schema-size': rule('warn', 'The schema, without white space, is not too large.'),
  'record-size': rule('warn', 'No record has too many fields.'),
  'pii-tags': rule('off', 'A field that is named like personal data is tagged as that.'),
})

const optionsSchema = z.strictObject({
  'type-name': z.strictObject({ styles: styleList(['PascalCase'], 'the name of a type') }).prefault({}),
  'field-name': z.strictObject({ styles: styleList(['camelCase', 'snake_case'], 'the name of a field') }).prefault({}),
  'symbol-name': z.strictObject({ styles: styleList(['UPPER_SNAKE_CASE'], 'a symbol') }).prefault({}),
  namespace: z
    .strictObject({ allowed: texts([], 'Namespaces that are allowed, with all beneath them; by default any.') })
    .prefault({}),
  'record-doc': z.strictObject({ least: most(1, 'Least characters of the text.') }).prefault({}),
  'enum-doc': z.strictObject({ least: most(1, 'Least characters of the text.') }).prefault({}),
  'field-doc': z.strictObject({ least: most(1, 'Least characters of the text.') }).prefault({}),
  owner: z
    .strictObject({
      attribute: z.string().min(1).default('owner').describe('The attribute of the type that names the owner.'),
      allowed: texts([], 'Owners that are allowed; by default any.'),
    })
    .prefault({}),
  'money-type': z
    .strictObject({ names: texts(moneyNames, 'Words, or several joined by `_`, that mean money in a name.') })
    .prefault({}),
  'forbidden-types': z
    .strictObject({
      types: texts(
        [],
        'Types (`float`, `map`), logical types (`duration`), full names, and namespaces with all in them.',
      ),
    })
    .prefault({}),
  'schema-depth': z
    .strictObject({ most: most(16, 'Most records, arrays and maps within each other, as the schema writes them.') })
    .prefault({}),
  'schema-size': z.strictObject({ mostBytes: most(262_144, 'Most bytes.') }).prefault({}),
  'record-size': z.strictObject({ mostFields: most(200, 'Most fields of one record.') }).prefault({}),
  'pii-tags': z
    .strictObject({
      names: texts(personalNames, 'Words, or several joined by `_`, that mean personal data in a name.'),
      tags: texts(['PII'], 'Tags of which such a field has one, in `tags` or `confluent:tags`.'),
    })
    .prefault({}),
})

/** What is asked of schemas: docs/governance.md. The version says which rules there are, and what they are by default. */
export const governanceSchema = z.strictObject({
  policy: z
    .int()
    .min(1)
    .max(newestPolicy)
    .meta({ expected: '`1`' })
    .default(newestPolicy)
    .describe('Version of the rules: later ones may have more of them.'),
  rules: rulesSchema.prefault({}),
  options: optionsSchema.prefault({}),
})
