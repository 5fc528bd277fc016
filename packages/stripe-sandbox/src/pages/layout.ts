/** What the sandbox's pages have in common. Hono's `html` escapes every value put into it. */
import type { Context } from 'hono'
import { html } from 'hono/html'

export type Markup = ReturnType<typeof html>

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
  body.narrow { max-width: 34rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  form.inline { display: inline; } label { display: block; margin: .4rem 0; }
  form.row label { display: inline-block; margin-right: 1rem; }
  .note { opacity: .7; } .fault { color: #c33; }
`

export interface PageOptions {
  title: string
  narrow?: boolean
  /** Another site to which the page's forms may lead, as an address of it. */
  leadsTo?: string | null
}

/** Answers a page without scripts, with nothing from elsewhere, that no other site can frame. */
export function answerPage(
  c: Context,
  content: Markup,
  { title, narrow = false, leadsTo = null }: PageOptions,
  status: 200 | 400 | 404 = 200,
): Response | Promise<Response> {
  const forms = ["'self'", ...(leadsTo === null ? [] : [new URL(leadsTo).origin])].join(' ')
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    `form-action ${forms}`,
    "frame-ancestors 'none'",
  ].join('; ')
  return c.html(
    html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body class="${narrow ? 'narrow' : ''}">
<h1>${title}</h1>
${content}
</body>
</html>`,
    status,
    {
      'cache-control': 'no-store',
      'content-security-policy': policy,
      // The addresses of these pages are what lets one use them.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  )
}

export function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Seconds since the Unix epoch as a day. */
export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}

/** Minor units of a currency that has 100 of them. */
export function money(amount: number, currency: string): string {
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(3, '0')
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)} ${currency.toUpperCase()}`
}
