import { findPrograms } from './find-program.ts'
import { type CommandOptions, runCommand } from './run-command.ts'
import { installSystemPackage } from './system-packages.ts'

/** Runs Maven, which is installed first where it is absent. */
export async function runMaven(args: readonly string[], options: CommandOptions = {}): Promise<void> {
  if (findPrograms('mvn').length === 0) {
    await installSystemPackage({ title: 'Maven', debian: 'maven', brew: 'maven' })
  }
  await runCommand('mvn', ['-q', '-B', ...args], options)
}
