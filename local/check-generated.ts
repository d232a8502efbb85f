/** Fails where a generated file is not what `./headgate generate` would write now. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configurationDoc } from './configuration-doc.ts'

const fresh: ReadonlyMap<string, string> = new Map([
  ['src/generated/openapi.ts', openapiTypes()],
  ['docs/configuration.md', configurationDoc()],
])

function openapiTypes(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-generated-'))
  try {
    const file = join(folder, 'openapi.ts')
    execFileSync('node_modules/.bin/openapi-typescript', ['openapi.yaml', '-o', file], { stdio: 'pipe' })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const stale = [...fresh].filter(([file, text]) => readFileSync(file, 'utf8') !== text).map(([file]) => file)
if (stale.length > 0) {
  process.stderr.write(`Not up to date: ${stale.join(', ')}. Run: ./headgate generate\n`)
  process.exitCode = 1
}
