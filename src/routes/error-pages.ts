import { readFileSync } from 'node:fs'
import MarkdownIt from 'markdown-it'
import { type ProblemCode, problems } from '../errors/problems.ts'

const sections = /^## `([a-z-]+)`\n([\s\S]*?)(?=^## |(?![\s\S]))/gm

/** docs/errors.md as pages: whole, and a page for each problem code. */
export class ErrorPages {
  readonly #markdown = new MarkdownIt({ html: false })
  readonly #text: string
  readonly #byCode: ReadonlyMap<string, string>

  constructor(file: URL = new URL('../../docs/errors.md', import.meta.url)) {
    this.#text = readFileSync(file, 'utf8')
    this.#byCode = new Map([...this.#text.matchAll(sections)].map(([section, code = '']) => [code, section]))
  }

  get codes(): string[] {
    return [...this.#byCode.keys()]
  }

  all(): string {
    return this.#page('Problems', this.#markdown.render(this.#text))
  }

  one(code: string): string | undefined {
    const section = this.#byCode.get(code)
    if (section === undefined) return undefined
    const { status, title } = problems[code as ProblemCode]
    return this.#page(`${status} ${title}`, this.#markdown.render(section))
  }

  #page(title: string, body: string): string {
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}code{background:#eee;padding:.1em .3em}</style>
</head>
<body>
<nav><a href="/docs/errors">All problems</a> · <a href="/docs">API</a></nav>
${body}
</body>
</html>
`
  }
}
