/** How much script the first page costs whoever opens the dashboard with an empty cache. */
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { heading, launchBrowser, signIn, visit } from './dashboard/people.ts'

/** Compressed, in bytes. */
const MOST = 180_000

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

/** Opens the path in a window of its own and says what its scripts weigh, once nothing is loaded any more. */
async function firstLoad(path: string, name: string, session?: Page): Promise<number> {
  const { dashboardUrl } = inject('stack')
  const context = await browser.newContext({
    baseURL: dashboardUrl,
    ...(session && { storageState: await session.context().storageState() }),
  })
  const page = await context.newPage()
  const scripts = new Map<string, Promise<Buffer>>()
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.set(response.url(), response.body())
  })
  await page.goto(path)
  await heading(page, name)
  await page.waitForLoadState('networkidle')
  const parts = await Promise.all(
    [...scripts].map(async ([url, body]) => ({ url, bytes: gzipSync(await body).length })),
  )
  await context.close()
  const sum = parts.reduce((total, { bytes }) => total + bytes, 0)
  console.log(`${path} loads ${sum} bytes of script, compressed`)
  if (sum >= MOST) console.table(parts.sort((a, b) => b.bytes - a.bytes).slice(0, 20))
  return sum
}

it('is small for signing in', async () => {
  expect(await firstLoad('/sign-in', 'Sign in')).toBeLessThan(MOST)
})

it('is small for a project', async () => {
  const { user, projectId } = inject('stack')
  const page = await visit(browser, '/account')
  await signIn(page, user)
  await heading(page, 'Account')
  expect(await firstLoad(`/projects/${projectId}`, 'Demo', page)).toBeLessThan(MOST)
})
