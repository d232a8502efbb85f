import { cpus, totalmem } from 'node:os'
import { type Judged, tableReport } from './report.ts'

/** docs/endurance.md, of a long run in which every answer was true. */
export function enduranceReport(results: readonly Judged[]): string {
  const minutes = Math.round(results.reduce((sum, { seconds }) => sum + seconds, 0) / 60)
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  return `# Endurance

<!-- Written by \`./headgate faults --long\`, only where every answer was true. -->

What a caller is told is held to what Kafka has. A gateway runs as a process of its own before a broker of its own; callers publish
events with unique ids all the time, one by one, in batches (\`skip\` and \`withhold\`) and as NDJSON with \`outcomes=all\`, half of them with
\`Prefer: wait=2\`; some events break their contract. Each request is logged before it is sent, each answer when it is there.
When the harm has passed and nothing is in flight any more, the whole topic is read by a plain consumer (\`read_committed\`), and:

- **lost**: answered \`published\`, and absent;
- **falsely failed**: answered \`refused\`, \`withheld\` or \`failed\`, turned away with a 503, or not sent at all, and present;
- **doubled**: written twice for one request, whatever was answered;
- every answer has to be documented, to name the offset at which the event is, and to come within its deadline and 2 s of slack (here: all did).
  A line of NDJSON may wait for room for one deadline (10 s) before its own begins; a 503 that turns a request away comes within the slack.

\`unknown\` claims nothing: such an event may be stored or not, but not twice. \`turned-away\` is 503 for a whole request, while the broker is away;
\`unanswered\` are requests whose connection broke, when the gateway was killed; *not sent* are those that found no gateway to connect to.
When a gateway is stopped by SIGTERM, no event of an unanswered request may be stored.

Measured on a machine of ${machine}, shared by gateway, broker, registry and callers, in ${minutes} minutes:

${tableReport(results)}
In the last scenario a fake broker (franz-go's kfake) answers with each error code that the protocol has: once with nothing appended, once with the
record appended all the same, for the codes that do not exclude it; and, for those that exclude it, also as the answer to a retry
whose first attempt was appended. \`failed\` is said exactly where the code proves that nothing was written.
`
}
