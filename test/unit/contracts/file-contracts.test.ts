import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { ContractsError } from '../../../src/contracts/contracts-error.ts'
import { FileContracts, readFiles } from '../../../src/contracts/file-contracts.ts'

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const read = (folder: string): FileContracts => FileContracts.of(readFiles(folder))

function faultsOf(folder: string): string[] {
  try {
    read(folder)
  } catch (error) {
    assert.ok(error instanceof ContractsError, String(error))
    return error.message.split('\n')
  }
  return []
}

suite('FileContracts', () => {
  test('reads every document of every YAML file and lists contracts by topic', (t) => {
    const folder = folderOf(t, {
      'b.yaml': 'topic: orders\nowner: shop\n---\ntopic: clicks\nschemaless: true\n---\n',
      'a.yml': '# comments\ntopic: payments\nsubject: {version: 3}\n',
      'empty.yaml': '',
      'notes.txt': 'not: [a contract',
      '.hidden.yaml': 'not: [a contract',
    })

    const contracts = read(folder)

    assert.deepEqual(
      contracts.list().map(({ topic }) => topic),
      ['clicks', 'orders', 'payments'],
    )
    assert.equal(contracts.find('orders')?.contract.owner, 'shop')
    assert.equal(contracts.find('payments')?.contract.subject.version, 3)
  })

  test('follows symbolic links, as a ConfigMap has them', (t) => {
    const folder = folderOf(t, { target: 'topic: orders\nowner: shop\n' })
    symlinkSync(join(folder, 'target'), join(folder, 'orders.yaml'))

    assert.equal(read(folder).find('orders')?.contract.owner, 'shop')
  })

  test('names every fault of every file, with its line', (t) => {
    const folder = folderOf(t, {
      'a.yaml': 'topic: orders\nownr: me\n---\ntopic: orders2\nsubject:\n  version: 0\n',
      'b.yaml': 'topic: [\n',
      'c.yaml': '\ntopic: clicks\n',
      'd.yaml': 'topic: clicks\n',
      'e.yaml': '- topic: x\n',
    })
    mkdirSync(join(folder, 'f.yaml'))

    assert.deepEqual(faultsOf(folder), [
      'a.yaml, line 2: ownr: is not known; did you mean `owner`?',
      'a.yaml, line 6: subject.version: expected a number of a version, or a range such as `{from: 2, to: 4}`, found 0',
      'b.yaml, line 2: this is not YAML that can be read (bad indent)',
      'e.yaml, line 1: expected a mapping of names to values, found [{"topic":"x"}]',
      'f.yaml: the file cannot be read (EISDIR)',
      'd.yaml, line 1: topic: `clicks` has a contract in c.yaml, line 2',
    ])
  })

  test('refuses a folder that is not there', (t) => {
    const folder = join(folderOf(t, {}), 'gone')

    assert.deepEqual(faultsOf(folder), [`${folder}: the folder of contracts cannot be read (ENOENT)`])
  })
})
