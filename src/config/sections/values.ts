import { z } from 'zod'

export const port = z.int().min(0).max(65535)
// Node fires a timer at once that is set for longer.
export const ms = z.int().min(1).max(2_147_483_647)
export const bytes = z.int().min(1)
export const count = z.int().min(1)

// A password inside a URL would be printed wherever the configuration is.
export const httpUrl = z
  .string()
  .refine((text) => {
    const url = URL.parse(text)
    return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password
  })
  .meta({ expected: 'an `http` or `https` URL without user and password' })
