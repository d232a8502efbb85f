import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { findPrograms, isProgram } from '../../local/find-program.ts'
import { installSystemPackage } from '../../local/system-packages.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const onMac = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
]

/** A page of a real Chromium, at this address, whose every request carries these headers. */
export async function openPage(
  t: TestContext,
  url: string,
  extraHTTPHeaders: Record<string, string> = {},
): Promise<Page> {
  const browser = await openBrowser(t)
  const page = await browser.newPage({ extraHTTPHeaders })
  await page.goto(url)
  return page
}

export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: await provideChromium(), args, headless: true })
  t.after(() => browser.close())
  return browser
}

async function provideChromium(): Promise<string> {
  const find = (): string | undefined => [...names.flatMap((name) => findPrograms(name)), ...onMac].find(isProgram)
  const found = find()
  if (found) return found
  await installSystemPackage({ title: 'Chromium', debian: 'chromium', brew: '--cask chromium' })
  return find() ?? 'chromium'
}
