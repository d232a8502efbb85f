import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../local/paths.ts'

/** What Redocly's linter has against an OpenAPI document, by its rules for what is valid; `''` where it has nothing. */
export function lintOpenapi(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-openapi-'))
  try {
    const file = join(folder, 'openapi.json')
    writeFileSync(file, text)
    writeFileSync(join(folder, 'redocly.yaml'), 'extends: [spec]\nrules: { no-invalid-media-type-examples: error }\n')
    const cli = join(projectDirectory, 'node_modules/@redocly/cli/bin/cli.js')
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [cli, 'lint', file, '--config', join(folder, 'redocly.yaml')],
      {
        env,
        encoding: 'utf8',
        timeout: 60_000,
      },
    )
    return status === 0 ? '' : stdout + stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
