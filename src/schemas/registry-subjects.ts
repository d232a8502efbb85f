import { z } from 'zod'
import { type Level, levels } from './evolution/level.ts'
import {
  type Question,
  type RegistryClient,
  type StoredSchema,
  type SubjectVersion,
  subjectVersion,
} from './registry-client.ts'
import { denied, levelNotSet, RegistryDenial, subjectNotFound } from './registry-denial.ts'

const level = z.enum(levels)
const levelRead = z.object({ compatibilityLevel: level })
const levelWritten = z.object({ compatibility: level })
const names = z.array(z.string())
const versions = z.array(z.int())
const registered = z.object({ id: z.int() })
const usesOfId = z.array(z.object({ subject: z.string(), version: z.int() }))

type Ask = Pick<RegistryClient, 'ask'>

/** Everything that is asked of the registry about subjects, and not remembered. What it denies is a problem. */
export class RegistrySubjects {
  readonly #client: Ask

  constructor(client: Ask) {
    this.#client = client
  }

  list(withDeleted: boolean): Promise<string[]> {
    return this.#ask({ path: `/subjects${withDeleted ? '?deleted=true' : ''}`, shape: names })
  }

  versions(subject: string, withDeleted: boolean): Promise<number[]> {
    return this.#ask({ path: `${pathOf(subject)}/versions${withDeleted ? '?deleted=true' : ''}`, shape: versions })
  }

  version(subject: string, version: number | 'latest', withDeleted: boolean): Promise<SubjectVersion> {
    const query = withDeleted ? '?deleted=true' : ''
    return this.#ask({ path: `${pathOf(subject)}/versions/${version}${query}`, shape: subjectVersion })
  }

  /** Where a schema is used under its id. */
  usesOf(id: number): Promise<{ subject: string; version: number }[]> {
    return this.#ask({ path: `/schemas/ids/${id}/versions`, shape: usesOfId })
  }

  /** Answers the id, also where the subject has the schema already. */
  async register(subject: string, schema: StoredSchema): Promise<number> {
    const { id } = await this.#ask({ path: `${pathOf(subject)}/versions`, body: schema, shape: registered })
    return id
  }

  deleteSubject(subject: string, permanent: boolean): Promise<number[]> {
    return this.#ask({ method: 'DELETE', path: `${pathOf(subject)}${permanentQuery(permanent)}`, shape: versions })
  }

  deleteVersion(subject: string, version: number | 'latest', permanent: boolean): Promise<number> {
    const path = `${pathOf(subject)}/versions/${version}${permanentQuery(permanent)}`
    return this.#ask({ method: 'DELETE', path, shape: z.int() })
  }

  async globalLevel(): Promise<Level> {
    return (await this.#ask({ path: '/config', shape: levelRead })).compatibilityLevel
  }

  /**
   * The level that holds for a subject, also for one that there is not yet. Apicurio's registry calls a level of its own
   * NONE where there is none.
   */
  async level(subject: string): Promise<{ level: Level; inherited: boolean }> {
    const path = `/config/${encodeURIComponent(subject)}`
    const [own, effective] = await Promise.all([this.#levelAt(path), this.#levelAt(`${path}?defaultToGlobal=true`)])
    if (effective === undefined) return { level: await this.globalLevel(), inherited: true }
    return { level: effective, inherited: own !== effective }
  }

  async setLevel(wanted: Level, subject?: string): Promise<void> {
    const path = subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}`
    await this.#ask({ method: 'PUT', path, body: { compatibility: wanted }, shape: levelWritten })
  }

  async unsetLevel(subject: string): Promise<void> {
    await this.#unlessNotSet({ method: 'DELETE', path: `/config/${encodeURIComponent(subject)}`, shape: z.unknown() })
  }

  async #levelAt(path: string): Promise<Level | undefined> {
    return (await this.#unlessNotSet({ path, shape: levelRead }))?.compatibilityLevel
  }

  /** Undefined where the subject has no level of its own. */
  async #unlessNotSet<T>(question: Question<T>): Promise<T | undefined> {
    try {
      return await this.#client.ask(question)
    } catch (error) {
      if (error instanceof RegistryDenial && [subjectNotFound, levelNotSet].includes(error.code)) return undefined
      throw asProblem(error)
    }
  }

  async #ask<T>(question: Question<T>): Promise<T> {
    try {
      return await this.#client.ask(question)
    } catch (error) {
      throw asProblem(error)
    }
  }
}

const asProblem = (error: unknown): unknown => (error instanceof RegistryDenial ? denied(error) : error)

const pathOf = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`

const permanentQuery = (permanent: boolean): string => (permanent ? '?permanent=true' : '')
