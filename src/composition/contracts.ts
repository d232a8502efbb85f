import type { LoadedConfig } from '../config/load-config.ts'
import { ContractAdministration } from '../contracts/contract-administration.ts'
import { ContractDrift } from '../contracts/contract-drift.ts'
import { ContractFiles } from '../contracts/contract-files.ts'
import { ContractRecorder } from '../contracts/contract-recorder.ts'
import { ContractStore } from '../contracts/contract-store.ts'
import { LiveContracts } from '../contracts/live-contracts.ts'
import { StateTopic } from '../kafka/state-topic.ts'
import type { Audit } from '../observability/audit.ts'
import type { Logger } from '../observability/logger.ts'
import { together } from '../observability/part-health.ts'
import type { StateTopicSurroundings } from './credentials.ts'
import { loggedHealth } from './logged-health.ts'
import { withoutPseudonyms } from './pseudonyms-for.ts'

interface ContractsParts {
  loaded: LoadedConfig
  log: Logger
  state: StateTopicSurroundings
  audit: Audit
}

const contractTopic = { name: '_headgate.contracts', config: { 'cleanup.policy': 'compact' } }

/** What the gateway reads of contract files at its start. It goes with the stack. */
export function openContractFiles(
  stack: AsyncDisposableStack,
  { config, secrets }: LoadedConfig,
  log: Logger,
): ContractFiles {
  const { directory, reloadMs } = config.contracts
  return stack.use(ContractFiles.load({ directory, reloadMs, refuse: withoutPseudonyms(secrets), log }))
}

/** The contracts of all topics, from files and from their own topic, and how they are changed. They go with the stack. */
export function openContracts(stack: AsyncDisposableStack, files: ContractFiles, parts: ContractsParts) {
  const { loaded, log, state, audit } = parts
  const { config, secrets } = loaded
  const health = loggedHealth('contracts', log)
  const store = stack.use(
    new ContractStore({
      openLog: (take) => stack.use(new StateTopic({ ...state, ...contractTopic, take })),
      settings: config.contracts,
      health,
      log,
    }),
  )
  const contracts = new LiveContracts({ store, files, log })
  const drift = new ContractDrift({ store, files, log })
  const recorder: ContractRecorder = new ContractRecorder({
    store,
    files,
    onSettled: () => {
      if (recorder.isSettled) drift.assess()
    },
    log,
  })
  const { maxBytes } = config.contracts
  const refuse = withoutPseudonyms(secrets)
  return {
    contracts,
    health: together('contracts', [health, files]),
    drifted: () => drift.size,
    administration: new ContractAdministration({ contracts, store, files, drift, refuse, maxBytes, audit, log }),
    /** Begins to read the contracts that there are. */
    follow: () => {
      files.follow(
        (topics) => {
          for (const topic of topics) contracts.refresh(topic)
          recorder.due(topics)
        },
        () => recorder.record(),
      )
      store.follow({
        onRead: () => {
          contracts.refreshAll()
          recorder.due(files.topics)
        },
        onChange: (topic) => {
          contracts.refresh(topic)
          if (recorder.isSettled) drift.assess([topic])
        },
      })
    },
  }
}
