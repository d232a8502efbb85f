import { z } from 'zod'
import { parseNetwork } from '../../network/address-list.ts'
import { bytes, count, httpUrl, ms, port } from './values.ts'

const origin = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.parse(text)?.origin === text)
  .meta({ expected: 'an origin such as `https://app.example.com` (in lower case, no path, no `*`)' })

const network = z
  .string()
  .refine((text) => parseNetwork(text) !== undefined)
  .meta({ expected: 'an address or a network such as `10.0.0.0/8`' })

const tlsSchema = z.strictObject({
  certFile: z
    .string()
    .optional()
    .describe(
      'PEM file of the certificate, followed by those that lead to its authority. With it the gateway speaks TLS alone.',
    ),
  keyFile: z.string().optional().describe("PEM file of the certificate's key; its passphrase is a secret."),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2').describe('Oldest version of TLS that is spoken.'),
  reloadMs: ms.default(10_000).describe('How often the files are read again; what is new is used without a restart.'),
  expiryWarningDays: z
    .int()
    .min(0)
    .default(14)
    .describe('Days before the certificate expires from which the log warns, once a day.'),
})

export const httpSchema = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on. `0.0.0.0` for all.'),
  port: port.default(8080).describe('Port to listen on; `0` takes a free one.'),
  publicUrl: httpUrl
    .optional()
    .describe(
      'The URL by which clients reach the gateway, where a proxy stands before it. It is the `resource` of OAuth metadata.',
    ),
  corsOrigins: z.array(origin).default([]).describe('Origins whose pages may call the gateway. `*` is not accepted.'),
  trustedProxies: z
    .array(network)
    .default([])
    .describe(
      'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; of anybody else they are ignored (docs/running.md).',
    ),
  tls: tlsSchema.prefault({}),
  connections: count
    .default(25_000)
    .describe('Most connections open at once; past it 503, and some hundreds further on they are closed unread.'),
  headersTimeoutMs: ms
    .default(10_000)
    .describe('Time for a request line and its headers to arrive, and before that for a TLS handshake.'),
  bodyTimeoutMs: ms
    .default(30_000)
    .describe('Time for an ordinary body to arrive; for NDJSON, longest time without a byte of it.'),
  answerTimeoutMs: ms
    .default(30_000)
    .describe(
      'Time in which a complete answer has to be read, and one second more for each 32 KB of it; past it the connection is cut.',
    ),
  unreadBytes: bytes
    .default(268_435_456)
    .describe('Bytes of complete answers that wait to be read, all together; past it who has taken longest is cut.'),
  keepAliveTimeoutMs: ms.default(65_000).describe('How long an idle connection is kept.'),
})
