import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runMaven } from './maven.ts'
import { stateDirectory } from './paths.ts'
import { provideFolder } from './provide-folder.ts'
import { runCommand } from './run-command.ts'

const kafkaVersion = '4.3.1'
const registryVersion = '3.3.3'

/** The folder of Kafka's jars, fetched by Maven where it is not there yet. */
export function provideKafkaJars(signal?: AbortSignal): Promise<string> {
  const folder = join(stateDirectory, 'kafka', kafkaVersion)
  return provideFolder(folder, `Fetching Apache Kafka ${kafkaVersion} (44 MB) by Maven`, async (unfinished) => {
    const pom = join(unfinished, 'pom.xml')
    writeFileSync(pom, kafkaPom)
    const copy = ['-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`]
    await runMaven(copy, { cwd: unfinished, ...(signal && { signal }) })
    rmSync(pom)
  })
}

/** The folder of the registry's program, fetched by Maven where it is not there yet. */
export function provideRegistry(signal?: AbortSignal): Promise<string> {
  const folder = join(stateDirectory, 'registry', registryVersion)
  const title = `Apicurio Registry ${registryVersion} (158 MB)`
  return provideFolder(folder, `Fetching ${title} by Maven`, async (unfinished) => {
    const options = { cwd: unfinished, ...(signal && { signal }) }
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`
    await runMaven(['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`], options)
    const archive = join(unfinished, `apicurio-registry-app-${registryVersion}-all.tar.gz`)
    await runCommand('tar', ['-xzf', archive, '-C', unfinished], options)
    rmSync(archive)
  })
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
