import { setTimeout as delay } from 'node:timers/promises'
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
      await updateLists()
      await runCommand('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', debian])
    })
    return
  }
  const command = process.platform === 'darwin' ? `brew install ${brew}` : `sudo apt-get install -y ${debian}`
  throw new LocalError(`${title} is needed. Install it, and run this again:\n  ${command}`)
}

// Unlike installing, this does not wait by itself until another apt-get is done.
async function updateLists(): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    try {
      await runCommand('apt-get', ['update'])
      return
    } catch (error) {
      if (!/could not get lock/i.test(String(error)) || Date.now() > deadline) throw error
      await delay(1_000)
    }
  }
}
