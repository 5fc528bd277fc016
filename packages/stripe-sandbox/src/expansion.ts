/**
 * Expands what a request asks for by `expand`. Source: docs.stripe.com/api/expanding_objects.
 *
 * An id becomes the object it names, and a field that Stripe leaves out until it is asked for is put in.
 * Anything else that a request wants expanded stays as it is.
 */
import type { MiddlewareHandler } from 'hono'
import { z } from 'zod'
import type { Account } from './account.ts'
import { CHECKOUT_SESSIONS, presentLineItems, presentSession } from './checkout-record.ts'
import { findCustomer } from './customers.ts'
import { INVOICES, presentInvoice } from './invoice-record.ts'
import { expand, parseForm, parseQuery } from './parameters.ts'
import { PRICES, presentPrice } from './prices.ts'
import { PRODUCTS, presentProduct } from './products.ts'
import { findObject, requireObject } from './stored-objects.ts'
import { presentSubscription, SUBSCRIPTIONS } from './subscription-record.ts'

const asked = z.object({ expand })
type Fields = Record<string, unknown>

export function expansion(account: Account): MiddlewareHandler {
  return async (c, next) => {
    await next()
    if (!c.res.ok) return
    const parameters = c.req.method === 'POST' ? parseForm(await c.req.text()) : parseQuery(c.req.url)
    const paths = asked.safeParse(parameters).data?.expand
    if (!paths) return
    const answer: unknown = await c.res.clone().json()
    for (const path of paths) expandPath(account, answer, path.split('.'))
    const { status, headers } = c.res
    c.res = new Response(JSON.stringify(answer), { status, headers })
  }
}

/** Changes the value in place. */
function expandPath(account: Account, value: unknown, path: readonly string[]): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (Array.isArray(value)) {
    for (const item of value) expandPath(account, item, path)
    return
  }
  if (!isFields(value)) return
  const expanded = expandField(account, value, key)
  if (expanded !== undefined) value[key] = expanded
  if (Object.hasOwn(value, key)) expandPath(account, value[key], rest)
}

function expandField(account: Account, fields: Fields, key: string): unknown {
  const { object, id } = fields
  const current = Object.hasOwn(fields, key) ? fields[key] : undefined
  if (typeof current === 'string') return objectOf(account, current)
  if (typeof id !== 'string' || current !== undefined) return undefined
  if (object === 'price' && key === 'tiers') return requireObject(account, PRICES, id).tiers
  if (object === 'checkout.session' && key === 'line_items') {
    return presentLineItems(account, requireObject(account, CHECKOUT_SESSIONS, id))
  }
  return undefined
}

/** The object of an id, or undefined when the text is none. */
function objectOf(account: Account, id: string): object | undefined {
  const customer = findCustomer(account, id)
  if (customer) return customer
  const product = findObject(account, PRODUCTS, id)
  if (product) return presentProduct(product)
  const price = findObject(account, PRICES, id)
  if (price) return presentPrice(price)
  const subscription = findObject(account, SUBSCRIPTIONS, id)
  if (subscription) return presentSubscription(account, subscription)
  const invoice = findObject(account, INVOICES, id)
  if (invoice) return presentInvoice(account, invoice)
  const session = findObject(account, CHECKOUT_SESSIONS, id)
  return session && presentSession(account, session)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
