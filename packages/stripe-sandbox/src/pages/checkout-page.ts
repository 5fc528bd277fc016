/** Checkout's hosted page: a developer pays here in the customer's place. */
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { z } from 'zod'
import type { Account } from '../account.ts'
import { CARDS, type CardBehaviour, cardBehaviour } from '../cards.ts'
import { amountDue, CHECKOUT_SESSIONS, type CheckoutSession, successUrl } from '../checkout-record.ts'
import { completeSession } from '../checkout-sessions.ts'
import { runAccountDue } from '../due.ts'
import { PRICES, type Price } from '../prices.ts'
import { PRODUCTS } from '../products.ts'
import { findObject, requireObject } from '../stored-objects.ts'
import { StripeError } from '../stripe-error.ts'
import { answerPage, type Markup, money } from './layout.ts'

const form = z.object({ card: z.union([cardBehaviour, z.literal('declined')]) })

export function checkoutPage(account: Account): Hono {
  const routes = new Hono()

  routes.get('/checkout/:id', (c) => {
    const session = openSession(account, c.req.param('id'))
    return session ? show(c, account, session) : gone(c)
  })

  routes.post('/checkout/:id', async (c) => {
    const session = openSession(account, c.req.param('id'))
    if (!session) return gone(c)
    const given = form.safeParse(await c.req.parseBody())
    if (!given.success) return show(c, account, session, 'Choose a card.')
    if (given.data.card === 'declined') return show(c, account, session, 'Your card was declined.')
    try {
      return c.redirect(successUrl(completeSession(account, session.id, given.data.card)), 303)
    } catch (error) {
      if (error instanceof StripeError) return show(c, account, session, error.message)
      throw error
    }
  })

  return routes
}

function openSession(account: Account, id: string): CheckoutSession | undefined {
  runAccountDue(account)
  const session = findObject(account, CHECKOUT_SESSIONS, id)
  return session?.status === 'open' ? session : undefined
}

function gone(c: Context): Response | Promise<Response> {
  const content = html`<p>This Checkout session is complete, expired, or never was.</p>`
  return answerPage(c, content, { title: 'Checkout', narrow: true }, 404)
}

function show(
  c: Context,
  account: Account,
  session: CheckoutSession,
  fault?: string,
): Response | Promise<Response> {
  const { mode, cancel_url, customer, customer_email } = session
  const content = html`
<p class="note">The Stripe sandbox, in the place of Stripe's Checkout. Nobody is charged.</p>
${fault === undefined ? '' : html`<p class="fault" role="alert">${fault}</p>`}
${mode === 'setup' ? html`<p>A card to pay with later.</p>` : items(account, session)}
<p>Customer: ${customer ?? customer_email ?? 'a new one'}</p>
<form method="post">
${Object.entries(CARDS).map(([card, text]) => choice(cardBehaviour.parse(card), text))}
${choice('declined', '4000 0000 0000 0002: is declined at once')}
<button name="action" value="pay">${mode === 'setup' ? 'Save card' : 'Pay'}</button>
${cancel_url === null ? '' : html`<a href="${cancel_url}">Cancel</a>`}
</form>`
  return answerPage(
    c,
    content,
    { title: 'Checkout', narrow: true, leadsTo: session.success_url },
    fault === undefined ? 200 : 400,
  )
}

function choice(card: CardBehaviour | 'declined', text: string): Markup {
  const isDefault = card === 'works'
  return html`<label><input type="radio" name="card" value="${card}"${isDefault ? ' checked' : ''}> ${text}</label>`
}

function items(account: Account, session: CheckoutSession): Markup {
  const { line_items, currency } = session
  return html`<table>
<tr><th>Product</th><th>Price</th><th class="number">Quantity</th></tr>
${line_items.map(({ price: id, quantity }) => {
  const price = requireObject(account, PRICES, id)
  const { name } = requireObject(account, PRODUCTS, price.product)
  return html`<tr><td>${name}</td><td>${priceText(price)}</td><td class="number">${quantity ?? 'as used'}</td></tr>`
})}
</table>
<p>Due today: ${money(amountDue(account, session), currency ?? '')}</p>`
}

function priceText({ unit_amount_decimal, tiers, tiers_mode, currency, recurring }: Price): string {
  const code = currency.toUpperCase()
  const amount = tiers
    ? `${tiers.length} ${tiers_mode} tiers in ${code}`
    : `${unit_amount_decimal} hundredths of ${code}`
  if (!recurring) return amount
  const { interval, interval_count } = recurring
  return `${amount}, every ${interval_count === 1 ? interval : `${interval_count} ${interval}s`}`
}
