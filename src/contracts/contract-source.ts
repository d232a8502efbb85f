import type { Contract } from './contract.ts'

/** Where contracts come from. Every topic has one: those that nobody wrote are the default. */
export interface ContractSource {
  get(topic: string): Contract
  /** The contracts that somebody wrote, by topic. */
  list(): readonly Contract[]
}
