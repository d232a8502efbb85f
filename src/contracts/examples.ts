import { z } from 'zod'

const text = z.string().trim().min(1).max(256)
const headerValue = z.union([z.string(), z.array(z.string())]).meta({ expected: 'a text, or a list of texts' })

/** Events as a caller would publish them. Whether the schema takes them is judged when they are shown. */
export const examplesSchema = z
  .array(
    z.strictObject({
      title: text.optional(),
      key: z.string().optional(),
      headers: z.record(z.string().min(1), headerValue).optional(),
      value: z.json().meta({ expected: 'a JSON value' }),
    }),
  )
  .max(16)
  .meta({ expected: 'a list of at most 16 examples' })

export type EventExample = Readonly<z.output<typeof examplesSchema>[number]>
