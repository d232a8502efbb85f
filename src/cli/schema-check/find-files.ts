import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'

export const standardInput = '-'

/** The files that are named, and the `.avsc` files of folders that are, those of their folders too; none of them twice. */
export function findFiles(named: readonly string[]): string[] {
  return [...new Set(named.flatMap((name) => (name !== standardInput && isFolder(name) ? schemasIn(name) : [name])))]
}

function schemasIn(folder: string): string[] {
  const files = walk(folder)
  if (files.length === 0) throw new UsageError(`there is no .avsc file in ${folder}`)
  return files
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return walk(path)
      return entry.name.endsWith('.avsc') ? [path] : []
    })
}

// What is not there is read later, and then reported with the others.
function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
