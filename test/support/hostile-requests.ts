import type { OperationSpec } from '../../src/openapi/contract.ts'
import { hostileBody, hostileHeaders, hostileTarget } from './hostile-values.ts'
import { pathOf } from './operations.ts'
import type { SeededRandom } from './seeded-random.ts'
import { ambiguousForms, oddForms } from './smuggling-forms.ts'

export interface HostileRequest {
  kind: string
  bytes: Buffer
  /** Read in two ways it would be two requests: it has to be refused. */
  isAmbiguous?: true
}

export interface HostileSetting {
  operations: readonly OperationSpec[]
  topic: string
  /** Where only a smuggled request writes. */
  untouchedTopic: string
  token: string
}

/** Requests of every kind that a caller should not send, against all operations; the same again for the same seed. */
export function hostileRequest(random: SeededRandom, setting: HostileSetting): HostileRequest {
  const { operations, topic, token, untouchedTopic } = setting
  const operation = random.pick(operations)
  const path = pathOf(operation).replace('orders', topic)
  const method = operation.method.toUpperCase()
  const authorized = [`Host: gateway`, `Authorization: Bearer ${token}`]
  const send = (line: string, headers: readonly string[], body: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(
        `${[line, ...headers, `Content-Length: ${body.length}`, 'Connection: close'].join('\r\n')}\r\n\r\n`,
        'latin1',
      ),
      body,
    ])
  const target = () => hostileTarget(random, path).replace(/[\r\n ]/g, '')

  switch (random.int(8)) {
    case 0:
      return {
        kind: 'random bytes',
        bytes: Buffer.concat([random.bytes(1 + random.int(400)), Buffer.from('\r\n\r\n')]),
      }
    case 1:
      return {
        kind: 'a damaged request',
        bytes: random.damaged(
          send(`${method} ${path} HTTP/1.1`, [...authorized, 'Content-Type: application/json'], Buffer.from('{"n":1}')),
        ),
      }
    case 2: {
      const odd = random.pick(oddForms)
      return { kind: odd.name, bytes: Buffer.from(odd.request(path, authorized.join('\r\n')), 'latin1') }
    }
    case 3: {
      const form = random.pick(ambiguousForms)
      const hidden = `POST /v1/topics/${untouchedTopic}/events HTTP/1.1\r\n${authorized.join('\r\n')}\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"n":1}`
      const head = `POST /v1/topics/${topic}/events HTTP/1.1\r\n${authorized.join('\r\n')}\r\nContent-Type: application/json\r\n`
      return { kind: form.name, bytes: Buffer.from(form.request(head, hidden), 'latin1'), isAmbiguous: true }
    }
    case 4: {
      const odd = random.pick([
        'GET',
        'HEAD',
        'OPTIONS',
        'TRACE',
        'PUT',
        'DELETE',
        'PATCH',
        'PROPFIND',
        'CONNECT',
        'get',
        'POST',
      ])
      return {
        kind: 'another method',
        bytes: send(`${odd} ${target()} HTTP/1.1`, [...authorized, ...hostileHeaders(random)], hostileBody(random)),
      }
    }
    case 5:
      return { kind: 'a hostile target', bytes: send(`${method} ${target()} HTTP/1.1`, authorized, Buffer.alloc(0)) }
    default: {
      const of = random.once(4) ? operation : random.pick(operations.filter((each) => each.method === 'post'))
      const line = `${of.method.toUpperCase()} ${pathOf(of).replace('orders', topic)} HTTP/1.1`
      return {
        kind: 'a hostile body',
        bytes: send(line, [...authorized, ...hostileHeaders(random)], hostileBody(random)),
      }
    }
  }
}
