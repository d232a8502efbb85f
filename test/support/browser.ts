import type { TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { findPrograms, isProgram } from '../../local/find-program.ts'
import { findFreePorts } from '../../local/ports.ts'
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

/** A page of a real Chromium of its own, at this address, whose every request carries these headers. */
export async function openPage(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<Page> {
  const [port = 0] = await findFreePorts(1)
  const started = await chromium.launch({
    executablePath: await provideChromium(),
    args: [...args, `--remote-debugging-port=${port}`],
  })
  t.after(() => started.close())
  // Without defaults, of which one is that a page is always in focus: such a page is never frozen.
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
  t.after(() => browser.close())
  const [context] = browser.contexts()
  if (!context) throw new Error('the browser has no context')
  const page = await context.newPage()
  await page.setExtraHTTPHeaders(headers)
  await page.goto(url)
  return page
}

async function provideChromium(): Promise<string> {
  const find = (): string | undefined => [...names.flatMap((name) => findPrograms(name)), ...onMac].find(isProgram)
  const found = find()
  if (found) return found
  await installSystemPackage({ title: 'Chromium', debian: 'chromium', brew: '--cask chromium' })
  return find() ?? 'chromium'
}
