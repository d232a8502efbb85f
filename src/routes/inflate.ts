import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { GatewayError } from '../errors/gateway-error.ts'

const gunzipped = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)

/** Inflates at most `maxBytes`; a body that would be larger throws `tooLarge()` as soon as it is. */
export async function inflate(bytes: Buffer, maxBytes: number, tooLarge: () => GatewayError): Promise<Buffer> {
  try {
    return await gunzipped(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new GatewayError('malformed-request', 'The body is not valid gzip.')
  }
}
