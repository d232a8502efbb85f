import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openPage } from '../support/browser.ts'
import { everythingSchema } from '../support/everything-schema.ts'
import { startGateway, type TestGateway, uniqueName } from '../support/gateway.ts'
import { createTopic, untilTheRunEnds } from '../support/kafka.ts'
import { orderSchema, registerSchema } from '../support/schemas.ts'
import { issueToken } from '../support/tokens.ts'

const hostile = '<img src=x onerror=alert(1)>'

suite('the catalogue of topics', { timeout: 180_000 }, () => {
  const prefix = uniqueName('shop')
  const [every, old, orders, plain, unusable] = ['every', 'old', 'orders', 'plain', 'unusable'].map(
    (name) => `${prefix}.${name}`,
  ) as [string, string, string, string, string]
  let gateway: TestGateway
  let token: string

  before(async () => {
    const contracts = [
      `topic: ${orders}\nowner: shop@example.org\ndescription: "What was ordered. ${hostile}"\nkey: {field: /id}\n`,
      `topic: ${plain}\nschemaless: true\n`,
      `topic: ${old}\nschemaless: true\ndeprecation: {since: '2026-01-01T00:00:00Z', successor: ${orders}, link: 'https://example.org/?a=1&b=2'}\n`,
    ]
    gateway = await startGateway({ contracts, env: { HEADGATE_REGISTRY_LATEST_TTL_MS: '100' } })
    for (const name of [every, old, orders, plain, unusable]) await createTopic(untilTheRunEnds, { name })
    await registerSchema(`${orders}-value`, orderSchema)
    await registerSchema(`${every}-value`, everythingSchema)
    token = await issueToken([`read:${prefix}.*`, `publish:${orders}`])
  })
  after(() => gateway[Symbol.asyncDispose]())

  const get = (query = '', headers: Record<string, string> = {}) =>
    gateway.api.get(`/v1/catalog${query}`, { token, headers })

  test('has the topics that the caller may see, by name, with their fields and an example that is valid', async () => {
    const { body } = await get()
    const entry = body.topics.find(({ topic }: { topic: string }) => topic === orders)

    assert.deepEqual(
      body.topics.map(({ topic }: { topic: string }) => topic),
      [every, old, orders, plain, unusable],
    )
    assert.deepEqual(
      [entry.may, entry.owner, entry.keyField, entry.event],
      [['read', 'publish'], 'shop@example.org', '/id', 'Order'],
    )
    assert.deepEqual(entry.types, [
      {
        name: 'org.example.shop.Order',
        fields: [
          { name: 'id', type: 'string', required: true },
          { name: 'amount', type: 'decimal(10, 2)', required: true },
          { name: 'qty', type: 'int', required: false, default: 1 },
          { name: 'note', type: 'string or null', required: false, default: null },
        ],
      },
    ])
    assert.equal((await gateway.api.post(`/v1/topics/${orders}/events`, entry.example)).status, 201)
    for (const path of Object.values(entry.documents))
      assert.equal((await gateway.api.get(String(path), { token })).status, 200)
    assert.equal(body.next, null)
  })

  test('comes in pages', async () => {
    const seen: string[] = []
    let after = ''
    for (let page = 0; page < 5; page++) {
      const { body } = await get(`?limit=2${after && `&after=${after}`}`)
      seen.push(...body.topics.map(({ topic }: { topic: string }) => topic))
      if (body.next === null) break
      after = body.next
    }

    assert.deepEqual(seen, [every, old, orders, plain, unusable])
  })

  test('as HTML says the same, and whatever contracts and schemas say is text', async () => {
    const { text, headers } = await get('', { accept: 'text/html' })

    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none';script-src 'self';style-src 'self';/,
    )
    assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;') && !text.includes('<img'))
    assert.ok(text.includes('href="https://example.org/?a=1&amp;b=2"'))
    assert.match(text, /decimal\(10, 2\)/)
    assert.match(text, /It is deprecated since 2026-01-01T00:00:00Z\. Use /)
    assert.doesNotMatch(text, /<script|style=/)
  })

  test('is shown in a browser to who has a token: searched, with its documents, on a wide and a narrow window', async (t) => {
    const page = await openPage(t, `${gateway.url}/docs/catalog`)
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))

    await page.fill('#token', 'nonsense')
    await page.click('#credential button')
    await page.locator('#message', { hasText: 'token' }).waitFor()
    problems.length = 0

    await page.fill('#token', token)
    await page.click('#credential button')
    await page.waitForSelector('article')
    const articles = () => page.locator('article:visible').count()
    assert.equal(await articles(), 5)
    await page.fill('#search', 'DECIMAL')
    assert.equal(await articles(), 2)
    await page.fill('#search', 'order shop@example')
    assert.equal(await articles(), 1)

    await page.click('article:visible a[data-document]:has-text("types")')
    await page.locator('#document pre', { hasText: 'export interface Order' }).waitFor()
    await page.click('#document button')

    for (const width of [1200, 360]) {
      await page.setViewportSize({ width, height: 800 })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), true)
    }
    assert.deepEqual(problems, [])
    assert.equal(
      await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
      '[{},{},""]',
    )
  })
})
