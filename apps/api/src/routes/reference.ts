/** The API's reference: `/api/v1/openapi.json` for tools, `/docs/api` for people. */
import { Hono } from 'hono'
import type { Env } from '../env.ts'
import { openApiDocument } from '../reference/document.ts'
import { documentSchema } from '../reference/document-shape.ts'
import { renderReferencePage } from '../reference/page.tsx'
import { pageStyle } from '../reference/page-style.ts'

export const reference = new Hono<{ Bindings: Env }>()

/** Both are made when first asked for: most isolates never are. */
let document: string | undefined
let page: Promise<{ html: string; policy: string }> | undefined

const CACHED = { 'cache-control': 'public, max-age=300' }

reference.get('/api/v1/openapi.json', (c) => {
  document ??= JSON.stringify(openApiDocument())
  return c.body(document, 200, {
    ...CACHED,
    'content-type': 'application/json',
    // It is public, and tools in web pages read it.
    'access-control-allow-origin': '*',
  })
})

reference.get('/docs/api', async (c) => {
  page ??= makePage()
  const { html, policy } = await page
  return c.html(html, 200, {
    ...CACHED,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
})

async function makePage(): Promise<{ html: string; policy: string }> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pageStyle)))
  const style = `'sha256-${btoa(String.fromCharCode(...hash))}'`
  return {
    html: renderReferencePage(documentSchema.parse(openApiDocument())),
    // No script, nothing of another host, and no other style than its own.
    policy: `default-src 'none'; style-src ${style}; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  }
}
