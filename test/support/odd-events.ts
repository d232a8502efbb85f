/** Events whose text a parser of lines or of Unicode may stumble over. */
export const oddSchema = {
  type: 'record',
  name: 'Odd',
  fields: [
    { name: 'text', type: ['null', 'string'] },
    { name: 'texts', type: { type: 'map', values: ['null', 'string'] } },
  ],
}

export interface OddEvent {
  key: string | null
  value: { text: string | null; texts: Record<string, string | null> } | null
}

const texts = [
  null,
  '',
  ' leading and trailing ',
  'line\nline\r\nline\rline',
  '\n\ndata: {"forged":true}\nid: forged\nevent: closing\n\n',
  ': no comment',
  'retry: 1',
  '"quoted" \\ \'single\' \\n \\u0041',
  'between\u2028lines\u2029and\u0085more',
  '\u0000 \u0001 \u007f \ufeff',
  '🌋 👩🏽‍🔬 e\u0301 𝄞 漢字 עברית',
]

const oddText = (text: string | null, index: number): OddEvent => ({
  key: index % 2 === 0 ? `key-${index}-é\n𝄞` : null,
  value: { text, texts: { [text ?? 'none']: text } },
})

export const oddEvents: readonly OddEvent[] = [...texts.map(oddText), { key: 'gone 🌋', value: null }]

/** Each some 200 KB, in characters of one to four bytes, so that wherever it is cut a character may be in two. */
export const largeEvents = (count: number): OddEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `large-${index}`,
    value: { text: `${index} ${'aé漢🌋'.repeat(20_000)}`, texts: {} },
  }))
