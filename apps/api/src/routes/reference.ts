/** The API's reference for tools: `/api/v1/openapi.json`. People read it at `/docs/api`, which the assets serve. */
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import type { Env } from '../env.ts'
import { openApiDocument } from '../reference/document.ts'

export const reference = new Hono<{ Bindings: Env }>()

/** Made when first asked for: most isolates never are. */
let document: string | undefined

reference.get('/api/v1/openapi.json', etag(), (c) => {
  document ??= JSON.stringify(openApiDocument())
  return c.body(document, 200, {
    'content-type': 'application/json',
    'cache-control': 'public, max-age=300',
    // It is public, and tools in web pages read it.
    'access-control-allow-origin': '*',
  })
})
