import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findPrograms } from './find-program.ts'
import { LocalError } from './local-error.ts'
import { stateDirectory } from './paths.ts'
import { withProgress } from './progress.ts'
import { runCommand } from './run-command.ts'

const kafkaVersion = '4.3.1'
const registryVersion = '3.3.3'

/** The folder of Kafka's jars, fetched by Maven where it is not there yet. */
export function provideKafkaJars(signal?: AbortSignal): Promise<string> {
  return provide(
    join(stateDirectory, 'kafka', kafkaVersion),
    `Apache Kafka ${kafkaVersion} (44 MB)`,
    signal,
    fetchKafka,
  )
}

/** The folder of the registry's program, fetched by Maven where it is not there yet. */
export function provideRegistry(signal?: AbortSignal): Promise<string> {
  const title = `Apicurio Registry ${registryVersion} (158 MB)`
  return provide(join(stateDirectory, 'registry', registryVersion), title, signal, fetchRegistry)
}

type Fetch = (folder: string, run: (file: string, args: readonly string[]) => Promise<string>) => Promise<void>

/** Fetches into a folder beside the final one, so that a fetch that was cut short is never taken for a whole one. */
async function provide(folder: string, title: string, signal: AbortSignal | undefined, fetch: Fetch): Promise<string> {
  if (existsSync(folder)) return folder
  await requireMaven()
  mkdirSync(dirname(folder), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.unfinished-`)
  try {
    await withProgress(`Fetching ${title} by Maven`, () =>
      fetch(unfinished, (file, args) => runCommand(file, args, { cwd: unfinished, ...(signal && { signal }) })),
    )
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

const fetchKafka: Fetch = async (folder, run) => {
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, kafkaPom)
  await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`])
  rmSync(pom)
}

const fetchRegistry: Fetch = async (folder, run) => {
  const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`
  await run('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`])
  const archive = join(folder, `apicurio-registry-app-${registryVersion}-all.tar.gz`)
  await run('tar', ['-xzf', archive, '-C', folder])
  rmSync(archive)
}

async function requireMaven(): Promise<void> {
  if (findPrograms('mvn').length > 0) return
  if (findPrograms('apt-get').length > 0 && process.getuid?.() === 0) {
    await withProgress('Installing Maven (apt-get)', async () => {
      await runCommand('apt-get', ['update'])
      await runCommand('apt-get', ['install', '-y', '--no-install-recommends', 'maven'])
    })
    return
  }
  const command = process.platform === 'darwin' ? 'brew install maven' : 'sudo apt-get install -y maven'
  throw new LocalError(`Maven is needed to fetch Kafka and the registry. Install it, and run this again:\n  ${command}`)
}

const kafkaPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>headgate.local</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`
