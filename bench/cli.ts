/** `./headgate bench NAME [--json] [--quick]` */
import { LocalError } from '../local/local-error.ts'

const benches: Readonly<Record<string, { does: string; run: () => Promise<unknown> }>> = {
  auth: { does: 'what it costs to know who asks', run: () => import('./auth.ts') },
  memory: { does: 'ten minutes of publishing, and what memory does', run: () => import('./memory.ts') },
  read: { does: 'reading, against a bare consumer, and long polls', run: () => import('./read.ts') },
  stream: { does: "live streams, against the machine's limit, and slow readers", run: () => import('./stream.ts') },
  subscriptions: {
    does: 'receiving and acknowledging, against a bare consumer',
    run: () => import('./subscriptions.ts'),
  },
  validate: { does: 'judging and encoding, against `JSON.parse` and avsc', run: () => import('./validate.ts') },
  publish: { does: "publishing, against the machine's limit", run: () => import('./publish.ts') },
}

const chosen = benches[process.argv[2] ?? '']
if (chosen) {
  await chosen.run().catch((error: unknown) => {
    if (!(error instanceof LocalError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
} else {
  const list = Object.entries(benches).map(([name, { does }]) => `  ${name.padEnd(15)}${does}`)
  process.stderr.write(`Usage: ./headgate bench NAME [--json] [--quick]\n\n${list.join('\n')}\n`)
  process.exitCode = 2
}
