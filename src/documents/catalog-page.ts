import type { CatalogEntry, CatalogField, CatalogType } from './catalog-entry.ts'

export interface CatalogPage {
  topics: readonly CatalogEntry[]
  /** Where the next page begins; null at the last. */
  next: string | null
}

// A longer table is opened by whoever wants it.
const mostShownAtOnce = 12

/** A page of the catalogue, by itself. */
export function catalogPage({ topics, next }: CatalogPage, baseUrl: string): string {
  const more =
    next === null
      ? ''
      : `<p class="more"><a rel="next" href="/v1/catalog?after=${encodeURIComponent(next)}">More topics</a></p>`
  return htmlPage(`<main id="catalog">\n${topics.map((entry) => article(entry, baseUrl)).join('\n')}\n${more}\n</main>`)
}

/** The page for browsers, which cannot send a token by themselves: it asks for one, and keeps it nowhere. */
export const catalogForm: string = htmlPage(`<form id="credential" autocomplete="off">
<label for="token">Access token or API key</label>
<input id="token" type="password" required autocomplete="off" spellcheck="false">
<button>Show my topics</button>
<p class="hint">It stays in this page, and is forgotten when the page is closed.</p>
</form>
<p id="message" role="status"></p>
<div id="tools" hidden><label for="search">Search</label><input id="search" type="search" placeholder="topic, owner, field, …"><span id="count"></span></div>
<main id="catalog"></main>
<dialog id="document"><header><h2></h2><button type="button">Close</button></header><pre tabindex="0"></pre></dialog>
<script type="module" src="/docs/assets/catalog.js"></script>`)

function htmlPage(body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Headgate: topics</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/assets/catalog.css">
</head>
<body>
<header class="top"><h1>Topics</h1><nav><a href="/docs">API</a> <a href="/docs/errors">Problems</a></nav></header>
${body}
</body>
</html>
`
}

function article(entry: CatalogEntry, baseUrl: string): string {
  const { topic, owner, description, documents, types } = entry
  const links = Object.entries(documents).map(
    ([name, path]) => `<a data-document href="${escaped(path)}">${escaped(name)}</a>`,
  )
  return `<article id="${escaped(topic)}">
<header><h2>${escaped(topic)}</h2>${badges(entry)}</header>
${description === undefined ? '' : `<p class="description">${escaped(description)}</p>`}
<p class="facts">${[owner === null ? 'No owner is named.' : `Owner: ${escaped(owner)}`, ...facts(entry)].join(' · ')}</p>
${deprecation(entry)}
${types.map((type, index) => typeTable(type, index === 0 && type.fields.length <= mostShownAtOnce)).join('\n')}
${example(entry, baseUrl)}
<p class="documents">${links.join(' ')}</p>
</article>`
}

function badges({ may, schemaless, deprecation: deprecated, problem }: CatalogEntry): string {
  const texts = [...may, ...(schemaless ? ['any JSON'] : [])].map(
    (text) => `<span class="badge">${escaped(text)}</span>`,
  )
  if (deprecated) texts.push('<span class="badge warn">deprecated</span>')
  if (problem !== undefined) texts.push(`<span class="badge warn">${escaped(problem)}</span>`)
  return `<span class="badges">${texts.join(' ')}</span>`
}

function facts({ schema, schemaless, keyField, event, types, problem }: CatalogEntry): string[] {
  const isNamed = types.length > 0
  return [
    ...(schema ? [`version ${schema.version} of ${escaped(schema.subject)}`] : []),
    ...(schema || schemaless || problem !== undefined ? [] : ['no schema yet: nothing can be published']),
    ...(event !== null && !isNamed ? [escaped(event)] : []),
    keyField === null ? 'key: as published' : `key: ${escaped(keyField)}`,
  ]
}

function deprecation({ deprecation: said }: CatalogEntry): string {
  if (!said) return ''
  const { versions, before, since, sunset, link, successor } = said
  const what = versions
    ? `Versions ${versions.join(', ')} are`
    : before === undefined
      ? 'It is'
      : `Versions before ${before} are`
  const parts = [
    `${what} deprecated since ${since}.`,
    ...(sunset === undefined ? [] : [`Sunset: ${sunset}.`]),
    ...(successor === undefined ? [] : [`Use ${successor}.`]),
  ]
  const more = link === undefined ? '' : ` <a rel="noreferrer" href="${escaped(link)}">More</a>`
  return `<p class="deprecated">${escaped(parts.join(' '))}${more}</p>`
}

function typeTable({ name, doc, fields }: CatalogType, isOpen: boolean): string {
  return `<details${isOpen ? ' open' : ''}><summary>${escaped(name)} <small>${fields.length} field${fields.length === 1 ? '' : 's'}</small></summary>
${doc === undefined ? '' : `<p>${escaped(doc)}</p>`}
<div class="scroll"><table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">If absent</th><th scope="col">What it is</th></tr></thead><tbody>
${fields.map(fieldRow).join('\n')}
</tbody></table></div></details>`
}

function fieldRow({ name, type, required, default: fallback, doc }: CatalogField): string {
  const absent = required ? '<em>required</em>' : `<code>${escaped(JSON.stringify(fallback) ?? '')}</code>`
  return `<tr><th scope="row">${escaped(name)}</th><td><code>${escaped(type)}</code></td><td>${absent}</td><td>${escaped(doc ?? '')}</td></tr>`
}

function example({ topic, example: value, may }: CatalogEntry, baseUrl: string): string {
  if (value === undefined) return ''
  const url = `${baseUrl}/v1/topics/${topic}/events`
  const json = JSON.stringify(value)
  const curl = `curl -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${json.replaceAll("'", "'\\''")}' ${url}`
  const publish = may.includes('publish') ? `<pre tabindex="0">${escaped(curl)}</pre>` : ''
  return `<details><summary>Example</summary><pre tabindex="0">${escaped(JSON.stringify(value, null, 2))}</pre>${publish}</details>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] as string)
