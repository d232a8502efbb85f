import type { AppParts } from '../../src/app.ts'
import { defaultContract } from '../../src/contracts/contract.ts'
import { noAudit } from '../../src/observability/audit.ts'
import { CursorSigner } from '../../src/reading/cursor-signer.ts'

const notHereAtOnce = (): never => {
  throw new Error('this app has no such part behind its routes')
}
const notHere = async (): Promise<never> => notHereAtOnce()

/** All that stands behind the routes of the app, and is not there. */
export const absentParts = {
  audit: noAudit,
  tokens: { verify: notHere },
  isTrusted: () => true,
  origins: { assertAllowed() {} },
  apiKeys: { list: notHere, get: notHere, create: notHere, rotate: notHere, revoke: notHere },
  schemas: {
    list: notHere,
    versions: notHere,
    version: notHere,
    byId: notHere,
    resolved: notHere,
    check: notHere,
    register: notHere,
    deleteSubject: notHere,
    deleteVersion: notHere,
    globalLevel: notHere,
    level: notHere,
    setLevel: notHere,
    unsetLevel: notHere,
  },
  tickets: { issue: notHereAtOnce },
  quotas: {
    classes: [],
    admit() {},
    headers: () => undefined,
    take() {},
    beginRead() {},
    pace: notHereAtOnce,
    openStream: notHereAtOnce,
  },
  publisher: { publish: notHere, openStream: notHere, judge: notHere },
  subscriptions: {
    administration: { list: notHere, find: notHere, get: notHere, put: notHere, delete: notHere },
    receiving: { receive: notHere },
    settling: { settle: notHere },
    seeking: { seek: notHere },
    redriving: { redrive: notHere },
    progressOf: notHere,
  },
  refusals: {
    administration: { list: notHere, get: notHere, replayOne: notHere, replayMany: notHere, discard: notHere },
    cursors: { sign: notHereAtOnce, verify: notHereAtOnce },
  },
  events: { read: notHere, readOne: notHere },
  topics: { list: notHere, describe: notHere, bound: notHere },
  streams: { openStream: notHere, topicsFrom: notHere, viewFor: notHereAtOnce, giveBack() {}, renew() {} },
  contracts: { get: defaultContract, list: () => [] },
  contractAdministration: {
    list: notHere,
    get: notHere,
    history: notHere,
    revision: notHere,
    put: notHere,
    patch: notHere,
    delete: notHere,
  },
  topicExists: notHere,
  cursors: new CursorSigner([]),
} satisfies Partial<AppParts>
