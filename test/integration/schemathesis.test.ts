import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { projectDirectory } from '../../local/paths.ts'
import { provideVenv } from '../../local/venv.ts'
import { operationSpecs } from '../support/api.ts'
import { gatewayFor } from '../support/gateway.ts'
import { createTopic } from '../support/kafka.ts'
import { requirementsIn } from '../support/requirements.ts'
import { registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const folder = join(projectDirectory, 'test', 'schemathesis')
const limitMs = 120_000
const outputBytes = 64 * 2 ** 20
const leastCases = 500

// Every example of openapi.yaml is such an order.
const orderSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'customer', type: ['null', 'string'], default: null },
    { name: 'amount', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'sku', type: 'string' },
            { name: 'qty', type: 'int' },
          ],
        },
      },
      default: [],
    },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}

test('schemathesis finds no server error and no answer that openapi.yaml does not document', async (t) => {
  const packages = requirementsIn(join(folder, 'requirements.txt'))
  const { python } = await provideVenv({ title: 'schemathesis', packages })
  await createTopic(t, { name: 'orders', partitions: 3 })
  await createTopic(t, { name: 'earthquakes' })
  await registerSchema('orders-value', orderSchema)
  const gateway = await gatewayFor(t, {
    contracts: ['topic: earthquakes\nschemaless: true\n'],
    env: { HEADGATE_LIMITS_READ_WAIT_SECONDS: '1' },
  })

  const { code, output } = await runSchemathesis(python, gateway.url)

  assert.equal(code, 0, output)
  assert.match(output, new RegExp(`Tested: ${operationSpecs.length}\\n`))
  const [, cases = 0] = /(\d+) generated, \d+ passed/.exec(output) ?? []
  assert.ok(Number(cases) >= leastCases, output)
  t.diagnostic(`${cases} requests`)
  for (const topic of ['orders', 'earthquakes']) {
    const { body } = await gateway.api.get(`/v1/topics/${topic}/events`)
    assert.ok(body.events.length > 0, `nothing was published to ${topic}`)
  }
})

async function runSchemathesis(python: string, url: string): Promise<{ code: number; output: string }> {
  const args = ['-m', 'schemathesis.cli', '--config-file', join(folder, 'schemathesis.toml'), 'run', 'openapi.yaml']
  const env = { ...process.env, HOOKS: join(folder, 'hooks.py'), TOKEN: await issueToken(['publish', 'read', 'keys']) }
  const running = promisify(execFile)(python, [...args, '--url', url, '--no-color'], {
    cwd: projectDirectory,
    env,
    timeout: limitMs,
    maxBuffer: outputBytes,
  })
  const ended = await running.then(
    (streams) => ({ ...streams, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
  return { code: ended.code, output: `${ended.stdout}${ended.stderr}` }
}
