const $ = (selector) => document.querySelector(selector)

let token = ''

$('#credential').addEventListener('submit', (event) => {
  event.preventDefault()
  token = $('#token').value.trim()
  show()
})

$('#search').addEventListener('input', search)

$('#catalog').addEventListener('click', (event) => {
  const link = event.target.closest('a[data-document]')
  if (!link) return
  event.preventDefault()
  openDocument(link)
})

$('#document button').addEventListener('click', () => $('#document').close())

/** All pages of the catalogue, one after the other. */
async function show() {
  const catalog = $('#catalog')
  catalog.replaceChildren()
  $('#tools').hidden = true
  say('Loading …')
  try {
    let path = '/v1/catalog'
    while (path) {
      const page = new DOMParser().parseFromString(await get(path, 'text/html'), 'text/html')
      catalog.append(...page.querySelectorAll('article'))
      path = page.querySelector('a[rel=next]')?.getAttribute('href')
    }
    $('#credential').hidden = true
    $('#tools').hidden = false
    say(catalog.childElementCount === 0 ? 'There is no topic that you may publish to or read from.' : '')
    search()
  } catch (error) {
    say(error.message)
  }
}

async function openDocument(link) {
  const [dialog, text] = [$('#document'), $('#document pre')]
  $('#document h2').textContent = link.getAttribute('href')
  text.textContent = 'Loading …'
  dialog.showModal()
  try {
    const found = await get(link.getAttribute('href'), '*/*')
    text.textContent = link.pathname.endsWith('.json') ? JSON.stringify(JSON.parse(found), null, 2) : found
  } catch (error) {
    text.textContent = error.message
  }
}

async function get(path, accept) {
  const answer = await fetch(path, { headers: { accept, authorization: `Bearer ${token}` }, cache: 'no-store' })
  if (answer.ok) return answer.text()
  const { detail } = await answer.json().catch(() => ({ detail: `The gateway answered ${answer.status}.` }))
  throw new Error(detail)
}

/** Shows the topics that have every word. */
function search() {
  const words = $('#search').value.toLowerCase().split(/\s+/).filter(Boolean)
  const articles = [...$('#catalog').children]
  for (const article of articles) {
    const text = article.textContent.toLowerCase()
    article.hidden = !words.every((word) => text.includes(word))
  }
  const shown = articles.filter((article) => !article.hidden).length
  $('#count').textContent = `${shown} of ${articles.length}`
}

function say(text) {
  $('#message').textContent = text
}
