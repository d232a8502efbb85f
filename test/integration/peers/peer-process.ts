/** A replica's internal listener in a process of its own, to be stopped and killed. Says who it is, in one line. */
import { pino } from 'pino'
import { PeerListener } from '../../../src/peers/peer-listener.ts'
import { PeerSigner } from '../../../src/peers/peer-signer.ts'
import { cursorSecret } from '../../support/gateway.ts'

const signer = new PeerSigner([cursorSecret])
const settings = { host: '127.0.0.1', port: 0 }
const listener = await PeerListener.listen({ settings, signer, log: pino({ level: 'silent' }) })
listener.serve({ '/echo': async (body) => body, '/never': () => Promise.withResolvers<never>().promise })
process.stdout.write(`${JSON.stringify(listener.self)}\n`)
