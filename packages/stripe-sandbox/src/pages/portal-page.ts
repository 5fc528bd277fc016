/** The customer portal's hosted page: invoices, the subscription, the card. */
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Account } from '../account.ts'
import { CARDS, cardBehaviour, cardOf } from '../cards.ts'
import { giveCard } from '../customers.ts'
import { runAccountDue } from '../due.ts'
import { INVOICES, type Invoice, totalOf } from '../invoice-record.ts'
import { payInvoice } from '../invoices.ts'
import { findPortalSession, type PortalSession } from '../portal-sessions.ts'
import { PRODUCTS } from '../products.ts'
import { allObjects, findObject, requireObject } from '../stored-objects.ts'
import { StripeError } from '../stripe-error.ts'
import { setCancelAtPeriodEnd } from '../subscription-lifecycle.ts'
import { hasEnded, priceOf, SUBSCRIPTIONS, type Subscription } from '../subscription-record.ts'
import { timeFor } from '../test-clocks.ts'
import { answerPage, day, type Markup, money } from './layout.ts'

const form = z.discriminatedUnion('action', [
  z.object({ action: z.literal('card'), card: cardBehaviour }),
  z.object({ action: z.enum(['cancel', 'resume']), subscription: z.string() }),
  z.object({ action: z.literal('pay'), invoice: z.string() }),
])

type Action = z.output<typeof form>

export function portalPage(account: Account): Hono {
  const routes = new Hono()

  routes.get('/portal/:secret', (c) => {
    runAccountDue(account)
    const session = findPortalSession(account, c.req.param('secret'))
    return session ? show(c, account, session) : gone(c)
  })

  routes.post('/portal/:secret', async (c) => {
    runAccountDue(account)
    const session = findPortalSession(account, c.req.param('secret'))
    if (!session) return gone(c)
    const given = form.safeParse(await c.req.parseBody())
    if (!given.success) return show(c, account, session, 'The form is not complete.')
    try {
      const fault = carryOut(account, session, given.data)
      if (fault !== undefined) return show(c, account, session, fault)
    } catch (error) {
      if (error instanceof StripeError) return show(c, account, session, error.message)
      throw error
    }
    return c.redirect(c.req.path, 303)
  })

  return routes
}

/** Returns what went wrong, if anything. A session changes nothing but its own customer's things. */
function carryOut(account: Account, { customer }: PortalSession, given: Action): string | undefined {
  switch (given.action) {
    case 'card':
      giveCard(account, customer, given.card)
      return undefined
    case 'cancel':
    case 'resume': {
      const subscription = findObject(account, SUBSCRIPTIONS, given.subscription)
      if (subscription?.customer !== customer || hasEnded(subscription))
        return 'There is no such subscription.'
      const at = timeFor(account, subscription)
      setCancelAtPeriodEnd(account, subscription, given.action === 'cancel', at)
      return undefined
    }
    case 'pay': {
      if (findObject(account, INVOICES, given.invoice)?.customer !== customer)
        return 'There is no such invoice.'
      return payInvoice(account, given.invoice).status === 'paid' ? undefined : 'Your card was declined.'
    }
    default:
      return given satisfies never
  }
}

function gone(c: Context): Response | Promise<Response> {
  return answerPage(c, html`<p>There is no such portal session.</p>`, { title: 'Billing', narrow: true }, 404)
}

function show(
  c: Context,
  account: Account,
  session: PortalSession,
  fault?: string,
): Response | Promise<Response> {
  const { customer, return_url } = session
  const subscriptions = allObjects(account, SUBSCRIPTIONS, { customer }).reverse()
  const invoices = allObjects(account, INVOICES, { customer }).reverse()
  const content = html`
<p class="note">The Stripe sandbox, in the place of Stripe's customer portal. Nobody is charged.</p>
${fault === undefined ? '' : html`<p class="fault" role="alert">${fault}</p>`}
${return_url === null ? '' : html`<p><a href="${return_url}">Return</a></p>`}
<h2>Subscriptions</h2>
${subscriptions.length === 0 ? html`<p class="note">None.</p>` : subscriptions.map((s) => subscriptionEntry(account, s))}
<h2>Card</h2>
${cardForm(account, customer)}
<h2>Invoices</h2>
${invoices.length === 0 ? html`<p class="note">None.</p>` : invoiceTable(invoices)}`
  return answerPage(c, content, { title: 'Billing', narrow: true }, fault === undefined ? 200 : 400)
}

function subscriptionEntry(account: Account, subscription: Subscription): Markup {
  const { id, status, items, period, cancel_at_period_end } = subscription
  const names = items.map((item) => requireObject(account, PRODUCTS, priceOf(account, item).product).name)
  if (hasEnded(subscription)) return html`<p>${names.join(', ')}: ${status}</p>`
  return html`<p>${names.join(', ')}: ${status};
${cancel_at_period_end ? 'ends' : 'renews'} on ${day(period.end)}</p>
<form method="post">
<input type="hidden" name="subscription" value="${id}">
${
  cancel_at_period_end
    ? html`<button name="action" value="resume">Resume</button>`
    : html`<button name="action" value="cancel">Cancel at the period's end</button>`
}
</form>`
}

function cardForm(account: Account, customer: string): Markup {
  const current = cardOf(account, customer)?.behaviour
  return html`<form method="post">
${Object.entries(CARDS).map(
  ([card, text]) =>
    html`<label><input type="radio" name="card" value="${card}"${card === current ? ' checked' : ''}> ${text}</label>`,
)}
<button name="action" value="card">Use this card</button>
${current === undefined ? html`<p class="note">No card yet.</p>` : ''}
</form>`
}

function invoiceTable(invoices: readonly Invoice[]): Markup {
  return html`<table>
<tr><th>Invoice</th><th>Date</th><th>Status</th><th class="number">Amount</th><th></th></tr>
${invoices.map(
  (invoice) => html`<tr><td>${invoice.number ?? 'draft'}</td><td>${day(invoice.created)}</td>
<td>${invoice.status}</td><td class="number">${money(totalOf(invoice), invoice.currency)}</td>
<td>${invoice.status === 'open' ? payButton(invoice) : ''}</td></tr>`,
)}
</table>`
}

function payButton({ id }: Invoice): Markup {
  return html`<form method="post" class="inline"><input type="hidden" name="invoice" value="${id}">
<button name="action" value="pay">Pay now</button></form>`
}
