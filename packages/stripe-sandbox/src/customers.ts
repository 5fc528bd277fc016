/** Customers. Source: docs.stripe.com/api/customers. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, nowInSeconds } from './account.ts'
import { newCustomerId, newInvoicePrefix } from './object-id.ts'
import { listFromTable, listParameters } from './pagination.ts'
import { checkParameters, expand, parseForm } from './parameters.ts'
import { noSuch } from './stripe-error.ts'

const PATH = '/v1/customers'

const address = z.strictObject({
  city: z.string().optional(),
  country: z.string().optional(),
  line1: z.string().optional(),
  line2: z.string().optional(),
  postal_code: z.string().optional(),
  state: z.string().optional(),
})

/** Stripe: an empty string unsets a value. */
const text = z.string().max(5000).transform(emptyToNull)

const customerParameters = z.strictObject({
  address: z
    .union([z.literal(''), address])
    .transform(emptyToNull)
    .optional(),
  description: text.optional(),
  email: z.string().max(512).transform(emptyToNull).optional(),
  expand,
  metadata: z.union([z.literal(''), z.record(z.string().max(40), z.string().max(500))]).optional(),
  name: z.string().max(256).transform(emptyToNull).optional(),
  phone: z.string().max(20).transform(emptyToNull).optional(),
  preferred_locales: z.array(z.string()).optional(),
  shipping: z
    .union([z.literal(''), z.strictObject({ address, name: z.string(), phone: z.string().optional() })])
    .transform(emptyToNull)
    .optional(),
  tax_exempt: z.enum(['none', 'exempt', 'reverse']).optional(),
})

const storedAddress = z.object({
  city: z.string().nullable(),
  country: z.string().nullable(),
  line1: z.string().nullable(),
  line2: z.string().nullable(),
  postal_code: z.string().nullable(),
  state: z.string().nullable(),
})

const customerSchema = z.object({
  id: z.string(),
  object: z.literal('customer'),
  address: storedAddress.nullable(),
  balance: z.number(),
  created: z.number(),
  currency: z.null(),
  default_source: z.null(),
  delinquent: z.boolean(),
  description: z.string().nullable(),
  discount: z.null(),
  email: z.string().nullable(),
  invoice_prefix: z.string(),
  invoice_settings: z.object({
    custom_fields: z.null(),
    default_payment_method: z.null(),
    footer: z.null(),
    rendering_options: z.null(),
  }),
  livemode: z.literal(false),
  metadata: z.record(z.string(), z.string()),
  name: z.string().nullable(),
  next_invoice_sequence: z.number(),
  phone: z.string().nullable(),
  preferred_locales: z.array(z.string()),
  shipping: z.object({ address: storedAddress, name: z.string(), phone: z.string().nullable() }).nullable(),
  tax_exempt: z.enum(['none', 'exempt', 'reverse']),
  test_clock: z.null(),
})

export type Customer = z.infer<typeof customerSchema>
type CustomerParameters = z.output<typeof customerParameters>

/** What is left of a customer after its deletion: it can still be retrieved. */
export interface DeletedCustomer {
  id: string
  object: 'customer'
  deleted: true
}

export function customerRoutes(account: Account): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(customerParameters, parseForm(await c.req.text()))
    const customer = changed(blankCustomer(nowInSeconds(account)), parameters)
    account.database
      .prepare('INSERT INTO customers (id, email, object) VALUES (?, ?, ?)')
      .run(customer.id, customer.email, JSON.stringify(customer))
    return c.json(customer)
  })

  routes.get(PATH, (c) => {
    const parameters = checkParameters(
      z.strictObject({ ...listParameters, email: z.string().optional(), expand }),
      parseForm(new URL(c.req.url).search.slice(1)),
    )
    const byEmail = parameters.email !== undefined
    const table = {
      name: 'customers' as const,
      kind: 'customer',
      where: byEmail ? 'deleted = 0 AND email = ?' : 'deleted = 0',
      values: parameters.email === undefined ? [] : [parameters.email],
    }
    return c.json(listFromTable(account, table, parameters, PATH, readCustomer))
  })

  routes.get(`${PATH}/:id`, (c) => {
    const customer = findCustomer(account, c.req.param('id'))
    if (!customer) throw noSuch('customer', c.req.param('id'))
    return c.json(customer)
  })

  routes.post(`${PATH}/:id`, async (c) => {
    const parameters = checkParameters(customerParameters, parseForm(await c.req.text()))
    const customer = changed(livingCustomer(account, c.req.param('id')), parameters)
    account.database
      .prepare('UPDATE customers SET email = ?, object = ? WHERE id = ?')
      .run(customer.email, JSON.stringify(customer), customer.id)
    return c.json(customer)
  })

  routes.delete(`${PATH}/:id`, (c) => {
    const { id } = livingCustomer(account, c.req.param('id'))
    account.database.prepare('UPDATE customers SET deleted = 1 WHERE id = ?').run(id)
    return c.json(tombstone(id))
  })

  return routes
}

/** The customer, its tombstone when it was deleted, or undefined when there never was one. */
export function findCustomer(account: Account, id: string): Customer | DeletedCustomer | undefined {
  const row = account.database.prepare('SELECT deleted, object FROM customers WHERE id = ?').get(id)
  if (!row) return undefined
  const { deleted, object } = z.object({ deleted: z.number(), object: z.string() }).parse(row)
  return deleted === 1 ? tombstone(id) : readCustomer(object)
}

/** The newest customers that are not deleted. */
export function latestCustomers(account: Account, limit: number): Customer[] {
  const table = { name: 'customers' as const, kind: 'customer', where: 'deleted = 0', values: [] }
  return listFromTable(account, table, { limit }, PATH, readCustomer).data
}

function livingCustomer(account: Account, id: string): Customer {
  const customer = findCustomer(account, id)
  if (!customer || 'deleted' in customer) throw noSuch('customer', id)
  return customer
}

function readCustomer(json: string): Customer {
  return customerSchema.parse(JSON.parse(json))
}

function tombstone(id: string): DeletedCustomer {
  return { id, object: 'customer', deleted: true }
}

function blankCustomer(created: number): Customer {
  return {
    id: newCustomerId(),
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: newInvoicePrefix(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
}

function changed(customer: Customer, parameters: CustomerParameters): Customer {
  const { address, description, email, metadata, name, phone, preferred_locales, shipping, tax_exempt } =
    parameters
  return {
    ...customer,
    ...(address !== undefined && { address: address && completeAddress(address) }),
    ...(description !== undefined && { description }),
    ...(email !== undefined && { email }),
    ...(metadata !== undefined && { metadata: mergedMetadata(customer.metadata, metadata) }),
    ...(name !== undefined && { name }),
    ...(phone !== undefined && { phone }),
    ...(preferred_locales !== undefined && { preferred_locales }),
    ...(shipping !== undefined && {
      shipping: shipping && {
        address: completeAddress(shipping.address),
        name: shipping.name,
        phone: shipping.phone ?? null,
      },
    }),
    ...(tax_exempt !== undefined && { tax_exempt }),
  }
}

/** Stripe: "Individual keys can be unset by posting an empty value", all of them by an empty `metadata`. */
function mergedMetadata(
  current: Record<string, string>,
  given: Record<string, string> | '',
): Record<string, string> {
  if (given === '') return {}
  return Object.fromEntries(Object.entries({ ...current, ...given }).filter(([, value]) => value !== ''))
}

function completeAddress(given: z.output<typeof address>): z.output<typeof storedAddress> {
  return {
    city: given.city || null,
    country: given.country || null,
    line1: given.line1 || null,
    line2: given.line2 || null,
    postal_code: given.postal_code || null,
    state: given.state || null,
  }
}

function emptyToNull<Value>(value: Value | ''): Value | null {
  return value === '' ? null : value
}
