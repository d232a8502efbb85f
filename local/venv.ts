import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { findPrograms } from './find-program.ts'
import { stateDirectory } from './paths.ts'
import { provideFolder } from './provide-folder.ts'
import { runCommand } from './run-command.ts'
import { installSystemPackage } from './system-packages.ts'

export interface VenvOptions {
  title: string
  /** What pip installs, in its own notation: `name==version`. */
  packages: readonly string[]
  signal?: AbortSignal | undefined
}

export interface Venv {
  /** The only program to run: scripts beside it name the folder that they were installed into. */
  python: string
  sitePackages: string
}

/** A Python environment with these packages; one for each set of them is kept. */
export async function provideVenv({ title, packages, signal }: VenvOptions): Promise<Venv> {
  const name = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 16)
  const options = signal && { signal }
  const folder = await provideFolder(
    join(stateDirectory, 'python', name),
    `Installing ${title} (PyPI)`,
    async (own) => {
      await requirePython()
      await runCommand('python3', ['-m', 'venv', own], options)
      await runCommand(join(own, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], options)
    },
  )
  return {
    python: join(folder, 'bin', 'python'),
    sitePackages: globSync(join(folder, 'lib/python*/site-packages'))[0] ?? folder,
  }
}

// Debian's python3 can be there without the module that makes environments.
async function requirePython(): Promise<void> {
  const isThere =
    findPrograms('python3').length > 0 &&
    (await runCommand('python3', ['-c', 'import ensurepip, venv']).then(
      () => true,
      () => false,
    ))
  if (!isThere) await installSystemPackage({ title: 'Python with venv', debian: 'python3-venv', brew: 'python' })
}
