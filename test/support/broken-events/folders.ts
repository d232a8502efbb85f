import type { SchemaCases } from './broken-events.ts'

const file = {
  type: 'record',
  name: 'File',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'size', type: 'long' },
  ],
}

/** Recursion through unions. */
export const folders: SchemaCases = {
  schema: {
    type: 'record',
    name: 'Folder',
    fields: [
      { name: 'name', type: 'string' },
      { name: 'entries', type: { type: 'array', items: [file, 'Folder'] } },
      { name: 'next', type: ['null', 'Folder'], default: null },
    ],
  },
  good: [
    '{"name":"/","entries":[{"name":"a","size":1},{"name":"d","entries":[]}]}',
    '{"name":"/","entries":[],"next":{"name":"x","entries":[]}}',
  ],
  broken: [
    ['{"name":"/","entries":[{"name":"a"}]}', '/entries/0 no-union-branch'],
    ['{"name":"/","entries":[5]}', '/entries/0 no-union-branch'],
    ['{"name":"/","entries":[{"File":{"name":"a","size":"1k"}}]}', '/entries/0/File/size invalid-format'],
    [
      '{"name":"/","entries":[{"Folder":{"name":"d","entries":[{"File":{"name":5,"size":1}}]}}]}',
      '/entries/0/Folder/entries/0/File/name type-mismatch',
    ],
    ['{"name":"/","entries":[],"next":{"name":"n"}}', '/next/entries missing-field'],
    [
      '{"name":"/","entries":[],"next":{"name":1,"entries":[],"next":{"name":2,"entries":{}}}}',
      '/next/name type-mismatch',
      '/next/next/name type-mismatch',
      '/next/next/entries type-mismatch',
    ],
    [
      '{"name":"/","entries":[{"name":"a","size":-1.5},{"name":"b","size":1},{"Folder":null}]}',
      '/entries/0 no-union-branch',
      '/entries/2/Folder type-mismatch',
    ],
    ['{"nmae":"/","entries":[]}', '/name missing-field', '/nmae unknown-field → name'],
    ['{"name":"/","entries":[],"next":"x"}', '/next no-union-branch'],
    [
      '{"name":"/","entries":null,"next":[],"size":1}',
      '/entries type-mismatch',
      '/next no-union-branch',
      '/size unknown-field',
    ],
  ],
}
