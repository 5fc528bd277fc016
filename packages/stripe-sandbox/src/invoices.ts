/** Invoices. Source: docs.stripe.com/api/invoices. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction } from './account.ts'
import { livingCustomer } from './customers.ts'
import { INVOICES, type Invoice, invoiceStatus, presentInvoice, presentLine } from './invoice-record.ts'
import { attemptPayment, cardDeclined, draftInvoice, finalizeInvoice } from './invoicing.ts'
import { listFromArray, listParameters } from './pagination.ts'
import { checkParameters, expand, noParameters, parseForm, parseQuery } from './parameters.ts'
import { allObjects, listObjects, requireObject } from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'
import { nextInvoice } from './subscription-lifecycle.ts'
import { hasEnded, SUBSCRIPTIONS, type Subscription } from './subscription-record.ts'
import { timeFor } from './test-clocks.ts'

const PATH = '/v1/invoices'

const listInvoiceParameters = z.strictObject({
  ...listParameters,
  customer: z.string().optional(),
  expand,
  status: invoiceStatus.optional(),
  subscription: z.string().optional(),
})

const previewParameters = z.strictObject({
  customer: z.string().optional(),
  expand,
  subscription: z.string().optional(),
})

export function invoiceRoutes(account: Account): Hono {
  const routes = new Hono()
  const show = (invoice: Invoice): object => presentInvoice(account, invoice)

  routes.post(`${PATH}/create_preview`, async (c) => {
    const parameters = checkParameters(previewParameters, parseForm(await c.req.text()))
    return c.json(show(preview(account, subscriptionToPreview(account, parameters))))
  })

  routes.get(PATH, (c) => {
    const { customer, status, subscription, ...page } = checkParameters(
      listInvoiceParameters,
      parseQuery(c.req.url),
    )
    const filter = { customer, status, subscription }
    return c.json(listObjects(account, INVOICES, page, PATH, filter, show))
  })

  routes.get(`${PATH}/:id`, (c) => c.json(show(requireObject(account, INVOICES, c.req.param('id')))))

  routes.get(`${PATH}/:id/lines`, (c) => {
    const page = checkParameters(z.strictObject({ ...listParameters, expand }), parseQuery(c.req.url))
    const invoice = requireObject(account, INVOICES, c.req.param('id'))
    const list = listFromArray(invoice.lines, 'line item', page, `${PATH}/${invoice.id}/lines`)
    return c.json({ ...list, data: list.data.map((line) => presentLine(invoice, line)) })
  })

  routes.post(`${PATH}/:id/pay`, async (c) => {
    checkParameters(noParameters, parseForm(await c.req.text()))
    const invoice = payInvoice(account, c.req.param('id'))
    // The attempt is kept, and told by events, also when it failed.
    if (invoice.status !== 'paid') throw cardDeclined()
    return c.json(show(invoice))
  })

  return routes
}

/**
 * Tries to have an invoice paid now; of a draft, after finalizing it.
 *
 * @throws StripeError when it is not to be paid.
 */
export function payInvoice(account: Account, id: string): Invoice {
  const invoice = requireObject(account, INVOICES, id)
  if (invoice.status === 'paid') throw new StripeError({ status: 400, message: 'Invoice is already paid' })
  const at = timeFor(account, invoice)
  return inTransaction(account, () => {
    const open = invoice.status === 'draft' ? finalizeInvoice(account, invoice, at) : invoice
    return attemptPayment(account, open, at)
  })
}

/** The invoice that the period's end will bring, as far as usage is known. */
export function preview(account: Account, subscription: Subscription): Invoice {
  const { period } = subscription
  const charged = nextInvoice(account, subscription)
  const draft = draftInvoice(account, subscription, { reason: 'upcoming', charged, period }, period.end)
  return { ...draft, id: draft.id.replace('in_', 'upcoming_in_') }
}

function subscriptionToPreview(
  account: Account,
  { customer, subscription }: z.output<typeof previewParameters>,
): Subscription {
  if (subscription === undefined && customer === undefined) {
    throw new StripeError({
      status: 400,
      code: 'parameter_missing',
      message: 'You must specify either `customer` or `subscription`.',
      param: 'customer',
    })
  }
  const found =
    subscription === undefined
      ? allObjects(account, SUBSCRIPTIONS, {
          customer: livingCustomer(account, customer ?? '', 'customer').id,
        }).findLast((candidate) => !hasEnded(candidate))
      : requireObject(account, SUBSCRIPTIONS, subscription, 'subscription')
  if (found && !hasEnded(found) && (customer ?? found.customer) === found.customer) return found
  throw new StripeError({
    status: 404,
    code: 'invoice_upcoming_none',
    message: `No upcoming invoices for customer: ${customer ?? found?.customer}`,
  })
}
