/** Looks at a page as people do, in both themes and on two screens; the pictures are kept to be looked at. */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const folder = join(import.meta.dirname, '..', '..', '..', '.radist', 'pictures')
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const themes = ['light', 'dark'] as const
const screens = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const

declare global {
  interface Window {
    axe?: { run: (options: RunOptions) => Promise<AxeResults> }
  }
}

/**
 * Takes pictures of the page as it is, to `.radist/pictures/<name>-<theme>-<screen>.png`, and expects no
 * serious finding of axe and nothing that sticks out sideways. Leaves the page light and on a desktop.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  // What lies behind another page is not always drawn anew.
  await page.bringToFront()
  // What sticks to the top of the window is drawn where the window is, also in a picture of the whole page.
  await page.evaluate(() => window.scrollTo(0, 0))
  const found: string[] = []
  for (const theme of [...themes].reverse())
    for (const [screen, size] of Object.entries(screens).reverse()) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.setViewportSize(size)
      await page.screenshot({ path: join(folder, `${name}-${theme}-${screen}.png`), fullPage: true })
      const place = `${theme}, ${screen}`
      // Colours are the same on a phone: one theme shows what its layout does.
      if (screen === 'desktop' || theme === 'light')
        for (const finding of await seriousFindings(page)) found.push(`${place}: ${finding}`)
      const overhang = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      if (overhang > 0) found.push(`${place}: ${overhang} px too wide`)
    }
  expect(found, name).toEqual([])
}

/** What axe calls serious or critical: the rule, and where. */
async function seriousFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.addScriptTag({ path: axePath })
  return page.evaluate(async () => {
    const results = await window.axe?.run({ resultTypes: ['violations'] })
    if (!results) throw new Error('axe is not there')
    return results.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ''}`))
  })
}
