import { heartbeatText, messageText } from './ndjson-form.ts'
import type { StreamForm } from './stream-form.ts'

/** Each message is a text frame, whole and not masked, so that all who get it can be sent the same bytes. */
export const webSocketForm: StreamForm = {
  name: 'web-socket',
  message: (kind, json, cursor) => textFrame(messageText(kind, json, cursor)),
  heartbeat: (cursor) => textFrame(heartbeatText(cursor)),
}

// FIN, and the opcode of text.
const finalText = 0x81

/** RFC 6455 §5.2. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerBytes = length < 126 ? 2 : length < 0x10000 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = finalText
  if (headerBytes === 2) frame[1] = length
  else if (headerBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerBytes)
  return frame
}
