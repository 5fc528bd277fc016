/** The API's reference page in a real browser: readable, and on its own. */
import { expect, inject, it, onTestFinished } from 'vitest'
import { launchBrowser } from './participant.ts'

it('shows operations and examples, loads nothing of another host and violates no policy', async () => {
  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const { apiBaseUrl } = inject('stack')
  const requested: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requested.push(new URL(request.url()).origin))
  await page.goto(`${apiBaseUrl}/`)
  const link = page.getByRole('link', { name: 'API reference' })
  await link.waitFor()
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  await link.click()
  await page.getByRole('heading', { level: 1, name: 'Radist API' }).waitFor()
  await page.getByRole('navigation').getByRole('link', { name: 'Create a call', exact: true }).click()
  const createCall = page.getByRole('article', { name: 'Create a call', exact: true })
  await expect
    .poll(() => createCall.evaluate((element) => element.getBoundingClientRect().top))
    .toBeLessThan(50)
  expect(await createCall.textContent()).toContain('curl -X POST "$RADIST_URL/api/v1/projects/')
  expect(await createCall.textContent()).toContain('"callTokens"')
  await createCall.getByText('connection_limit_reached', { exact: true }).click()
  await createCall.getByText('"Connection limit reached."').waitFor({ state: 'visible' })

  expect([...new Set(requested)]).toEqual([new URL(apiBaseUrl).origin])
  expect(complaints).toEqual([])
  const scripts = await page.locator('script').count()
  expect(scripts).toBe(0)
})
