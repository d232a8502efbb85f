import { join, resolve } from 'node:path'

export const projectDirectory = resolve(import.meta.dirname, '..')

/** Everything that the local parts download, keep and log. Not under version control. */
export const stateDirectory = join(projectDirectory, '.headgate')

export const dataDirectory = join(stateDirectory, 'data')
export const logDirectory = join(stateDirectory, 'logs')
export const runDirectory = join(stateDirectory, 'run')
/** What runs of the tests leave to be looked at. */
export const artifactDirectory = join(stateDirectory, 'artifacts')
