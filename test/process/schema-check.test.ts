import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { projectDirectory } from '../../local/paths.ts'

interface Result {
  code: number | null
  stdout: string
  stderr: string
}

interface RunOptions {
  input?: string
  env?: NodeJS.ProcessEnv
}

const good = {
  type: 'record',
  name: 'Order',
  namespace: 'org.example',
  doc: 'An order.',
  fields: [{ name: 'id', type: 'string', doc: 'Its number.' }],
}
const warned = `{
  "type": "record",
  "name": "Line",
  "namespace": "org.example",
  "doc": "A line.",
  "fields": [
    {"name": "price", "doc": "Of one.", "type": "double"},
\t{"name": "note", "type": ["null", "string"]}
  ]
}`
const using = (name: string, ...types: string[]): object => ({
  ...good,
  name,
  fields: types.map((type, index) => ({ name: `f${index}`, doc: 'One.', type })),
})

suite('schema check', { timeout: 120_000 }, () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'headgate-check-'))
    write('good.avsc', good)
    write('warned.avsc', warned)
    write('refuse.yaml', 'http: {port: 1}\ngovernance:\n  rules:\n    money-type: refuse\n    field-doc: off\n')
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  function write(file: string, content: object | string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  }

  function run(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Result {
    const main = join(projectDirectory, 'src/cli/main.ts')
    const environment = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, ...env }
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'schema', ...args], {
      ...{ cwd: folder, input, env: environment, encoding: 'utf8' },
    })
    return { code: status, stdout, stderr }
  }

  test('ends with 0 and says so where there is nothing to say', () => {
    assert.deepEqual(run(['check', 'good.avsc']), { code: 0, stdout: '1 file: as the policy asks.\n', stderr: '' })
  })

  test('prints a line that leads to each finding, and how to mend it', () => {
    const { code, stdout, stderr } = run(['check', 'good.avsc', 'warned.avsc'])

    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.deepEqual(stdout.split('\n'), [
      'warned.avsc:7:49: warn money-type: The field `price` is named like money, and a double cannot hold 0.10 exactly.',
      '    Use {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}, or a long of the smallest unit.',
      'warned.avsc:8:2: warn field-doc: The field `note` has no documentation.',
      '    Say in "doc" what it holds, and in which unit.',
      'warned.avsc:8:2: warn nullable-default: The field `note` may be null, and has no default: who leaves it out is refused.',
      '    Write "default": null.',
      '',
      '2 files: 3 warnings.',
      '',
    ])
  })

  test('--strict ends with 1 at a warning, and with 0 without any', () => {
    assert.equal(run(['check', '--strict', 'warned.avsc']).code, 1)
    assert.equal(run(['check', '--strict', 'good.avsc']).code, 0)
  })

  test('--policy takes the section of a configuration, and ends with 1 at what it refuses', () => {
    const { code, stdout } = run(['check', 'warned.avsc', '--policy', 'refuse.yaml'])

    assert.equal(code, 1)
    assert.match(stdout, /:7:49: refuse money-type: /)
    assert.doesNotMatch(stdout, /field-doc/)
    assert.match(stdout, /\n1 file: 1 refusal, 1 warning\.\n$/)
  })

  test('names every fault of files that are no schemas, with its line, and ends with 2', () => {
    write('faulty/broken.avsc', '{\n  "type": "record",\n  "name" "R"\n}')
    write('faulty/twice.avsc', '{"type": "string",\n "type": "int"}')
    write(
      'faulty/unknown.avsc',
      '{"type": "record", "name": "R", "fields": [\n{"name": "a", "type": "sting"},\n{"name": "a", "type": "Nothing"}]}',
    )
    write(
      'faulty/default.avsc',
      '{"type": "record", "name": "R", "fields": [\n{"name": "a", "type": "int",\n "default": "1"}]}',
    )
    writeFileSync(join(folder, 'faulty/latin.avsc'), Buffer.from([0x22, 0xe9, 0x22]))

    const { code, stdout } = run(['check', 'faulty', 'missing.avsc', 'warned.avsc'])

    assert.equal(code, 2)
    assert.deepEqual(
      stdout.split('\n').filter((line) => /^\S+: fault/.test(line)),
      [
        'faulty/broken.avsc:3:10: fault: This is not valid JSON: expected `:`, found a string that does not end, or has what a string may not have.',
        'faulty/default.avsc:3:13: fault: The default of the field "a" of "R" does not match its type.',
        'faulty/latin.avsc: fault: The file cannot be read: it is not UTF-8.',
        'faulty/twice.avsc:2:2: fault: This is not valid JSON: the name "type" stands here twice.',
        'faulty/unknown.avsc:2:23: fault: There is no type "sting". Did you mean "string"?',
        'faulty/unknown.avsc:3:10: fault: The record has the field "a" twice.',
        'faulty/unknown.avsc:3:23: fault: There is no type "Nothing".',
        'missing.avsc: fault: The file cannot be read: ENOENT.',
      ],
    )
    assert.match(stdout, /warned\.avsc:7:49: warn money-type/)
    assert.match(stdout, /\n7 files: 8 faults, 3 warnings\.\n$/)
  })

  test('takes the .avsc files of a folder and of those in it, in order, and none twice', () => {
    for (const file of ['b/one.avsc', 'a.avsc', 'b/c/two.avsc', 'node_modules/x.avsc', '.git/x.avsc', 'note.txt']) {
      write(`tree/${file}`, { ...good, name: `T${file.length}` })
    }

    const { stdout } = run(['check', 'tree', 'tree/a.avsc', '-o', 'json'])

    const { files } = JSON.parse(stdout) as { files: { file: string }[] }
    assert.deepEqual(
      files.map(({ file }) => file),
      ['tree/a.avsc', 'tree/b/c/two.avsc', 'tree/b/one.avsc'],
    )
  })

  test('finds the types that a file lacks in the others, through any number of them', () => {
    write('linked/a.avsc', using('A', 'org.example.B', 'C'))
    write('linked/b.avsc', using('B', 'C'))
    write('linked/c.avsc', using('C', 'string'))

    assert.deepEqual(run(['check', 'linked']), { code: 0, stdout: '3 files: as the policy asks.\n', stderr: '' })
    assert.match(
      run(['check', 'linked/a.avsc', 'linked/c.avsc']).stdout,
      /a\.avsc:1:\d+: fault: There is no type "org\.example\.B"/,
    )
  })

  test('holds defaults to the types of other files', () => {
    write('held/a.avsc', { ...good, name: 'A', fields: [{ name: 'b', doc: 'B.', type: 'B', default: {} }] })
    write('held/b.avsc', using('B', 'string'))

    const { code, stdout } = run(['check', 'held'])

    assert.equal(code, 2)
    assert.match(stdout, /^held\/a\.avsc:1:\d+: fault: The default of the field "b"/)
  })

  test('says of files that use each other, and of types that several have, that they cannot be linked', () => {
    write('odd/a.avsc', using('A', 'B'))
    write('odd/b.avsc', using('B', 'A'))
    write('odd/c1.avsc', using('C', 'int'))
    write('odd/c2.avsc', using('C', 'long'))
    write('odd/d.avsc', using('D', 'C'))

    const { code, stdout } = run(['check', 'odd'])

    assert.equal(code, 2)
    assert.deepEqual(
      stdout.match(/\S+avsc:[\s\S]*?fault: .*/g)?.map((line) => line.replace(/:\d+:\d+: fault/, '')),
      [
        'odd/a.avsc: The type "org.example.B" is defined in odd/b.avsc, which uses this file in turn.',
        'odd/b.avsc: The type "org.example.A" is defined in odd/a.avsc, which uses this file in turn.',
        'odd/d.avsc: The type "org.example.C" is defined in odd/c1.avsc and in odd/c2.avsc: check it with one of them.',
      ],
    )
  })

  test('--output json has everything, in one line', () => {
    const { code, stdout } = run(['check', 'warned.avsc', 'missing.avsc', '--output=json', '--policy', 'refuse.yaml'])

    assert.equal(code, 2)
    assert.equal(stdout.indexOf('\n'), stdout.length - 1)
    const report = JSON.parse(stdout) as { files: { findings: object[] }[] }
    assert.deepEqual(report.files[0]?.findings[0], {
      line: 7,
      column: 49,
      rule: 'money-type',
      level: 'refuse',
      pointer: '/fields/0/type',
      path: 'price',
      message: 'The field `price` is named like money, and a double cannot hold 0.10 exactly.',
      fix: 'Use {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}, or a long of the smallest unit.',
    })
    assert.deepEqual(
      { ...report, files: report.files.map((file) => ({ ...file, findings: file.findings.length })) },
      {
        format: 1,
        policy: 1,
        summary: { files: 2, faults: 1, refusals: 1, warnings: 1, breaks: 0 },
        files: [
          { file: 'warned.avsc', faults: [], findings: 2 },
          {
            file: 'missing.avsc',
            faults: [{ message: 'The file cannot be read: ENOENT.', pointer: '', path: '' }],
            findings: 0,
          },
        ],
      },
    )
  })

  suite('--against', () => {
    const fields = {
      id: { name: 'id', type: 'string', doc: 'I.' },
      vat: { name: 'vat', type: 'int', doc: 'V.' },
      note: { name: 'note', type: 'string', doc: 'N.' },
    }
    const order = (...names: (keyof typeof fields)[]) => ({ ...good, fields: names.map((name) => fields[name]) })
    before(() => {
      write('v/1.avsc', order('id'))
      write('v/2.avsc', order('id', 'vat'))
      write('v/3.avsc', JSON.stringify(order('id', 'note'), null, 1))
    })

    test('finds what breaks an earlier version by the level, and ends with 1', () => {
      const { code, stdout } = run(['check', 'v/3.avsc', '--against', 'v/2.avsc'])

      assert.equal(code, 1)
      assert.deepEqual(stdout.split('\n'), [
        'v/3.avsc:12:3: break field-added: The field `note` of type `string` was added, without a default.',
        '    Breaks v/2.avsc: Events of the earlier version have no `note`, and it has no default to take its place.',
        '    Give `note` a default.',
        '',
        '1 file: 1 break.',
        '',
      ])
    })

    test('looks at the last of several versions, or at all of them, as the level does', () => {
      const codeOf = (candidate: string, level: string, ...versions: string[]) =>
        run(['check', `v/${candidate}`, '--level', level, ...versions.map((version) => `--against=v/${version}`)]).code
      const cases: [level: string, candidate: string, versions: string[], code: number][] = [
        ['BACKWARD', '2.avsc', ['1.avsc'], 1],
        ['BACKWARD', '2.avsc', ['1.avsc', '2.avsc'], 0],
        ['BACKWARD_TRANSITIVE', '2.avsc', ['1.avsc', '2.avsc'], 1],
        ['FORWARD', '2.avsc', ['1.avsc'], 0],
        ['FORWARD', '1.avsc', ['2.avsc'], 1],
        ['BACKWARD', '1.avsc', ['2.avsc'], 0],
        ['FULL', '1.avsc', ['2.avsc'], 1],
        ['NONE', '2.avsc', ['1.avsc'], 0],
      ]

      for (const [level, candidate, versions, code] of cases) {
        assert.equal(codeOf(candidate, level, ...versions), code, `${level} ${candidate} ${versions}`)
      }
    })

    test('says in JSON what each break is, where it would be in the file, and what was compared', () => {
      const { stdout } = run(['check', 'v/3.avsc', '--against', 'v/2.avsc', '--level', 'FORWARD', '-o', 'json'])

      const { summary, files } = JSON.parse(stdout)
      assert.deepEqual([summary.breaks, files[0].comparedWith], [1, ['v/2.avsc']])
      assert.deepEqual(files[0].breaks, [
        {
          ...{ line: 1, column: 1, kind: 'field-removed', direction: 'forward', files: ['v/2.avsc'] },
          ...{ pointer: '', path: 'vat', message: 'The field `vat` of type `int` was removed.' },
          why: 'Readers of the earlier version need `vat`, which has no default there, and new events do not have it.',
          fix: 'Keep `vat`, or remove it only after a version in which it has a default.',
        },
      ])
    })

    test('finds the earlier form of each file of a folder by the name of its type, through what that uses', () => {
      write('old/a.avsc', using('A', 'B'))
      write('old/b.avsc', using('B', 'int'))
      write('new/moved.avsc', using('A', 'B'))
      write('new/b.avsc', using('B', 'string'))
      write('new/c.avsc', using('C', 'string'))

      const { code, stdout } = run(['check', 'new', '--against', 'old', '-o', 'json'])

      const { files } = JSON.parse(stdout) as {
        files: { file: string; comparedWith: string[]; breaks: { kind: string; path: string }[] }[]
      }
      assert.equal(code, 1)
      assert.deepEqual(
        files.map(({ file, comparedWith, breaks }) => [file, comparedWith, breaks.map(({ path }) => path)]),
        [
          ['new/b.avsc', ['old/b.avsc'], ['f0']],
          ['new/c.avsc', [], []],
          ['new/moved.avsc', ['old/a.avsc'], ['f0.f0']],
        ],
      )
    })

    test('compares two lone files whatever their names are, and takes the earlier one from standard input', () => {
      const input = JSON.stringify({ ...order('id'), name: 'Other' })

      const { code, stdout } = run(['check', 'v/1.avsc', '--against', '-'], { input })

      assert.equal(code, 1)
      assert.match(stdout, /^v\/1\.avsc:1:\d+: break name-changed: [^\n]*\n {4}Breaks <stdin>: /)
    })

    test('ends with 2 where an earlier version is no schema, or the level is none', () => {
      write('v/broken.avsc', '{"type": "record", "name": "R", "fields": [\n{"name": "a", "type": "sting"}]}')

      const broken = run(['check', 'v/1.avsc', '--against', 'v/broken.avsc', '--against', 'v/missing.avsc'])
      const sideways = run(['check', 'v/1.avsc', '--against', 'v/2.avsc', '--level', 'SIDEWAYS'])
      const alone = run(['check', 'v/1.avsc', '--level', 'FULL'])

      assert.deepEqual([broken.code, sideways.code, alone.code], [2, 2, 2])
      assert.match(broken.stderr, /v\/broken\.avsc:2:23: There is no type "sting"/)
      assert.match(sideways.stderr, /--level is one of NONE, BACKWARD, .*, not SIDEWAYS/)
      assert.match(alone.stderr, /--level needs --against/)
    })
  })

  test('reads standard input for -', () => {
    const { code, stdout } = run(['check', '-'], { input: `\ufeff${warned}` })

    assert.equal(code, 0)
    assert.match(stdout, /^<stdin>:7:49: warn/)
  })

  test('gives a pipe all that it has, and ends quietly where the reader has seen enough', async () => {
    const fields = Array.from({ length: 3_000 }, (_, index) => ({ name: `f${index}`, type: 'int' }))
    write('wide.avsc', { ...good, fields })
    const findings = run(['check', 'wide.avsc', '-o', 'json']).stdout
    const main = join(projectDirectory, 'src/cli/main.ts')
    const script = `'${process.execPath}' '${main}' schema check wide.avsc | head -n 1; echo "\${PIPESTATUS[0]}"`
    const child = spawn('bash', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const closed = once(child, 'close')
    const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
    await closed

    assert.equal((JSON.parse(findings) as { summary: { warnings: number } }).summary.warnings, 3_001)
    assert.match(stdout.join(''), /^wide\.avsc:1:\d+: warn record-size[^\n]*\n0\n$/)
    assert.equal(stderr.join(''), '')
  })

  test('has colours on a terminal, unless NO_COLOR is set, and in a pipe none', () => {
    const colour = '\u001b['
    const onTerminal = (env: NodeJS.ProcessEnv): string => {
      const pty = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'
      const main = join(projectDirectory, 'src/cli/main.ts')
      const args = ['-c', pty, process.execPath, main, 'schema', 'check', 'warned.avsc']
      // Nothing else of this environment: Node looks for a dozen names in it, CI among them, before it colours.
      const environment = { PATH: process.env.PATH, TERM: 'xterm', ...env }
      return spawnSync('python3', args, { cwd: folder, env: environment, encoding: 'utf8', input: '' }).stdout
    }

    const yellow = `${colour}33mwarn${colour}39m money-type`
    assert.ok(onTerminal({}).includes(yellow), onTerminal({}))
    assert.match(onTerminal({ NO_COLOR: '1' }), /warn money-type/)
    assert.ok(!onTerminal({ NO_COLOR: '1' }).includes(colour))
    assert.ok(!run(['check', 'warned.avsc']).stdout.includes(colour))
  })

  const wrong: readonly [what: string, args: string[], said: RegExp][] = [
    ['an unknown option', ['check', '--polcy', 'x', 'good.avsc'], /no option --polcy; did you mean --policy\?/],
    [
      'several options that are wrong',
      ['check', '-x', '--strict=1', '--output'],
      /no option -x\n--strict takes no value\n--output needs a value\n/,
    ],
    ['an option in the place of a value', ['check', '--policy', '--strict', 'good.avsc'], /--policy needs a value/],
    ['an unknown form', ['check', '-o', 'xml', 'good.avsc'], /--output is text or json, not xml/],
    ['no file', ['check'], /no file is named/],
    ['a folder without schemas', ['check', 'empty'], /no \.avsc file in empty/],
    ['no verb', [], /schema needs a verb/],
    ['a misspelt verb', ['chekc', 'good.avsc'], /no command 'schema chekc'; did you mean 'schema check'\?/],
    [
      'a policy that is not there',
      ['check', 'good.avsc', '--policy', 'none.yaml'],
      /none\.yaml: the file cannot be read \(ENOENT\)/,
    ],
    ['a policy without its section', ['check', 'good.avsc', '--policy', 'other.yaml'], /no section `governance`/],
    ['a policy that is not YAML', ['check', 'good.avsc', '--policy', 'broken.yaml'], /broken\.yaml:3: /],
    [
      'a policy with faults',
      ['check', 'good.avsc', '--policy', 'faulty.yaml'],
      /faulty\.yaml:2: governance\.policy: expected `1`, found 2\nfaulty\.yaml:4: governance\.rules\.owner: expected one of `off`, `warn`, `refuse`, found "error"\nfaulty\.yaml:5: governance\.rules\.filed-doc: is not known; did you mean `field-doc`\?\n/,
    ],
  ]

  for (const [what, args, said] of wrong) {
    test(`ends with 2 and says how it is used, called with ${what}`, () => {
      mkdirSync(join(folder, 'empty'), { recursive: true })
      write('other.yaml', 'http: {}\n')
      write('broken.yaml', 'governance:\n  rules: [\n')
      write('faulty.yaml', 'governance:\n  policy: 2\n  rules:\n    owner: error\n    filed-doc: off\n')

      const { code, stdout, stderr } = run(args)

      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, said)
      assert.match(stderr, /Usage: \S+ schema check FILE…/)
    })
  }

  test('--help explains every option', () => {
    const { code, stdout } = run(['check', '--help'])

    assert.equal(code, 0)
    for (const option of ['--policy', '--output', '--strict', '--help'])
      assert.match(stdout, new RegExp(`  ${option}|, ${option}`))
  })

  test('./headgate runs it on files of the folder that it is called in', () => {
    const { status, stdout } = spawnSync(join(projectDirectory, 'headgate'), ['schema', 'check', 'good.avsc'], {
      ...{ cwd: folder, encoding: 'utf8' },
    })

    assert.deepEqual({ status, stdout }, { status: 0, stdout: '1 file: as the policy asks.\n' })
  })
})
