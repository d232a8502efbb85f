import { findPrograms } from './find-program.ts'
import { LocalError } from './local-error.ts'
import { withProgress } from './progress.ts'
import { runCommand } from './run-command.ts'

export interface SystemPackage {
  /** Its name in a sentence. */
  title: string
  debian: string
  brew: string
}

/** Installs a package of the system where that may be done without asking, and says what to install where not. */
export async function installSystemPackage({ title, debian, brew }: SystemPackage): Promise<void> {
  if (findPrograms('apt-get').length > 0 && process.getuid?.() === 0) {
    await withProgress(`Installing ${title} (apt-get)`, async () => {
      await runCommand('apt-get', ['update'])
      await runCommand('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', debian])
    })
    return
  }
  const command = process.platform === 'darwin' ? `brew install ${brew}` : `sudo apt-get install -y ${debian}`
  throw new LocalError(`${title} is needed. Install it, and run this again:\n  ${command}`)
}
