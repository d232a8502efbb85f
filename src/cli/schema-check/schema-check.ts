import { command } from '../command.ts'
import { UsageError } from '../usage-error.ts'
import { checkFiles } from './check-files.ts'
import { readEarlier } from './earlier-versions.ts'
import { findFiles } from './find-files.ts'
import { jsonReport } from './json-report.ts'
import { readPolicy } from './read-policy.ts'
import { exitCodeOf } from './report.ts'
import { textReport } from './text-report.ts'

export const schemaCheck = command({
  usage: 'schema check FILE… [--policy FILE] [--against FILE]… [--level LEVEL] [--output text|json] [--strict]',
  help: `
Judges Avro schemas by the governance policy. Needs neither a gateway nor a registry. What a file lacks is looked for in
the others, by full name.

  FILE             a file with a schema, a folder (its .avsc files, and those of its folders), or - for standard input
  --policy FILE    a YAML file whose section \`governance\` is the policy, such as the gateway's configuration;
                   without it, what the gateway asks by default
  --against FILE   an earlier version, a file or a folder: what breaks it is found, and refused. Several, the oldest first
  --level LEVEL    what may not break: BACKWARD (by default), FORWARD, FULL, one of them with _TRANSITIVE, or NONE
  -o, --output     text (by default), or json: one object with every fault and finding
  --strict         warnings count as refusals
  -h, --help       this

Ends with 0 where nothing is refused, 1 where something is, 2 where a file is no schema or the command is wrong.
Every rule is explained in docs/governance.md, every level in docs/schemas.md.
`,
  options: {
    policy: { type: 'string' },
    against: { type: 'string', multiple: true },
    level: { type: 'string' },
    output: { type: 'string', short: 'o' },
    strict: { type: 'boolean' },
  },
  run: ({ values, words }, stdout) => {
    const { output = 'text' } = values
    if (output !== 'text' && output !== 'json') throw new UsageError(`--output is text or json, not ${output}`)
    if (words.length === 0) throw new UsageError('no file is named')

    if (values.level !== undefined && !values.against) throw new UsageError('--level needs --against')

    const earlier = values.against && readEarlier(values.against, values.level ?? 'BACKWARD')
    const report = checkFiles(findFiles(words), readPolicy(values.policy), earlier)
    stdout.write(output === 'json' ? jsonReport(report) : textReport(report, stdout))
    return exitCodeOf(report, values.strict ?? false)
  },
})
