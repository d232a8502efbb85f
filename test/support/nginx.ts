import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'
import { accepts } from '../../local/answers.ts'
import { findPrograms } from '../../local/find-program.ts'
import { findFreePorts } from '../../local/ports.ts'
import { installSystemPackage } from '../../local/system-packages.ts'
import { pollUntil } from './poll.ts'

/** A real nginx that passes everything on to this address, with its own defaults and these directives. Answers its address. */
export async function startNginx(t: TestContext, to: string, directives = ''): Promise<string> {
  const program = await provideNginx()
  const [port = 0] = await findFreePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'headgate-nginx-'))
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const server = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${to}; ${directives} } }`
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit; events {}
     http { access_log off; gzip on; gzip_types *; gzip_proxied any; ${temporary.join(' ')} ${server} }`,
  )
  const child = spawn(program, ['-p', folder, '-e', 'stderr', '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] })
  const exit = once(child, 'exit')
  t.after(async () => {
    child.kill()
    await exit
    rmSync(folder, { recursive: true, force: true })
  })
  await pollUntil(() => accepts(port))
  return `http://127.0.0.1:${port}`
}

async function provideNginx(): Promise<string> {
  // Debian has it where only root looks.
  const find = (): string | undefined => findPrograms('nginx', [process.env.PATH, '/usr/sbin'].join(delimiter))[0]
  const found = find()
  if (found) return found
  await installSystemPackage({ title: 'nginx', debian: 'nginx', brew: 'nginx' })
  return find() ?? 'nginx'
}
