/** The README's first call does what the README says. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'

it("the README's first call connects", async () => {
  const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
  const script = /```js\n([\s\S]*?)```/.exec(readme)?.[1]
  if (!script) throw new Error('The README has no first call.')
  const folder = mkdtempSync(join(tmpdir(), 'radist-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, '.radist'))
  writeFileSync(join(folder, '.radist', 'dev.json'), JSON.stringify(inject('stack')))
  writeFileSync(join(folder, 'first-call.mjs'), script)

  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, ['first-call.mjs'], { cwd: folder })
    onTestFinished(() => void child.kill())
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('"connected"')) resolve(text)
    })
    child.on('exit', (code) => reject(new Error(`It ended with ${code}: ${text}`)))
  })
  expect(output).toContain(`Join from a browser: ${inject('stack').apiBaseUrl}/playground/call/`)
})
