import { readFileSync } from 'node:fs'

export interface GuideBlock {
  code: string
  /** What the guide says that it prints; empty where it says nothing. */
  printed: string
}

const blocks = /^```(sh|python|js)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm
const mark = (index: number): string => `--- end of block ${index}`

/** The blocks of a guide, in order, each as bash would run it. */
export function guideBlocks(file: string): GuideBlock[] {
  const text = readFileSync(new URL(`../../docs/guides/${file}`, import.meta.url), 'utf8')
  return [...text.matchAll(blocks)].map(([, language = '', code = '', printed = '']) => ({
    code: asBash(language, code),
    printed,
  }))
}

/** All blocks as one script, so that each has what those before it have set. */
export const guideScript = (blocksOfGuide: readonly GuideBlock[]): string =>
  blocksOfGuide.map(({ code }, index) => `${code}\necho '${mark(index)}'\n`).join('')

/** What each block has printed. */
export function printedByBlock(output: string): string[] {
  return output.split(/--- end of block \d+\n/).slice(0, -1)
}

function asBash(language: string, code: string): string {
  if (language === 'python') return `python3 - <<'PYTHON'\n${code}PYTHON`
  if (language === 'js') return `node --input-type=module - <<'JS'\nconst { GATEWAY, TOKEN } = process.env\n${code}JS`
  return code
}
