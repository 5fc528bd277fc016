/** Customers. Source: docs.stripe.com/api/customers. */
import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, inTransaction } from './account.ts'
import { type CardBehaviour, storeCard } from './cards.ts'
import { emit } from './events.ts'
import { newCustomerId, newInvoicePrefix } from './object-id.ts'
import { listFromTable, listParameters } from './pagination.ts'
import {
  checkParameters,
  emptyToNull,
  expand,
  mergedMetadata,
  metadata,
  parseForm,
  parseQuery,
  unsettableText,
} from './parameters.ts'
import { requireObject } from './stored-objects.ts'
import { noSuch } from './stripe-error.ts'
import { TEST_CLOCKS, timeFor } from './test-clocks.ts'

const PATH = '/v1/customers'

const address = z.strictObject({
  city: z.string().optional(),
  country: z.string().optional(),
  line1: z.string().optional(),
  line2: z.string().optional(),
  postal_code: z.string().optional(),
  state: z.string().optional(),
})

const customerParameters = z.strictObject({
  address: z
    .union([z.literal(''), address])
    .transform(emptyToNull)
    .optional(),
  description: unsettableText.optional(),
  email: z.string().max(512).transform(emptyToNull).optional(),
  expand,
  metadata,
  name: z.string().max(256).transform(emptyToNull).optional(),
  phone: z.string().max(20).transform(emptyToNull).optional(),
  preferred_locales: z.array(z.string()).optional(),
  shipping: z
    .union([z.literal(''), z.strictObject({ address, name: z.string(), phone: z.string().optional() })])
    .transform(emptyToNull)
    .optional(),
  tax_exempt: z.enum(['none', 'exempt', 'reverse']).optional(),
})

const createParameters = customerParameters.extend({ test_clock: z.string().optional() })

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
    default_payment_method: z.string().nullable(),
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
  test_clock: z.string().nullable(),
})

export type Customer = z.infer<typeof customerSchema>
type CustomerParameters = z.output<typeof customerParameters>

/** What is left of a customer after its deletion: it can still be retrieved. */
export interface DeletedCustomer {
  id: string
  object: 'customer'
  deleted: true
}

/** @param cancelSubscriptions Ends what a customer subscribed to, before the customer is deleted. */
export function customerRoutes(account: Account, cancelSubscriptions: (customer: Customer) => void): Hono {
  const routes = new Hono()

  routes.post(PATH, async (c) => {
    const parameters = checkParameters(createParameters, parseForm(await c.req.text()))
    return c.json(createCustomer(account, parameters))
  })

  routes.get(PATH, (c) => {
    const parameters = checkParameters(
      z.strictObject({ ...listParameters, email: z.string().optional(), expand }),
      parseQuery(c.req.url),
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
    const before = livingCustomer(account, c.req.param('id'))
    return c.json(storeCustomer(account, changed(before, parameters), before))
  })

  routes.delete(`${PATH}/:id`, (c) => {
    const customer = livingCustomer(account, c.req.param('id'))
    inTransaction(account, () => {
      cancelSubscriptions(customer)
      deleteCustomer(account, customer)
    })
    return c.json(tombstone(customer.id))
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

/**
 * @param param The parameter that names the customer; `id` when the address does.
 * @throws StripeError when there is none, or it is deleted.
 */
export function livingCustomer(account: Account, id: string, param = 'id'): Customer {
  const customer = findCustomer(account, id)
  if (!customer || 'deleted' in customer) throw noSuch('customer', id, param)
  return customer
}

/** The customers of a test clock that are not deleted. */
export function customersOfClock(account: Account, testClock: string): Customer[] {
  return account.database
    .prepare("SELECT object FROM customers WHERE deleted = 0 AND json_extract(object, '$.test_clock') = ?")
    .all(testClock)
    .map((row) => readCustomer(z.object({ object: z.string() }).parse(row).object))
}

/** @throws StripeError when the test clock is missing. */
export function createCustomer(account: Account, parameters: z.output<typeof createParameters>): Customer {
  const { test_clock = null } = parameters
  if (test_clock !== null) requireObject(account, TEST_CLOCKS, test_clock, 'test_clock')
  const blank = { ...blankCustomer(timeFor(account, { test_clock })), test_clock }
  const customer = changed(blank, parameters)
  return inTransaction(account, () => {
    account.database
      .prepare('INSERT INTO customers (id, email, object) VALUES (?, ?, ?)')
      .run(customer.id, customer.email, JSON.stringify(customer))
    emit(account, 'customer.created', customer, { at: customer.created })
    return customer
  })
}

/** Stores a change of a customer, and tells of it. */
export function storeCustomer(account: Account, customer: Customer, before: Customer): Customer {
  return inTransaction(account, () => {
    account.database
      .prepare('UPDATE customers SET email = ?, object = ? WHERE id = ?')
      .run(customer.email, JSON.stringify(customer), customer.id)
    emit(account, 'customer.updated', customer, { at: timeFor(account, customer), before })
    return customer
  })
}

export function deleteCustomer(account: Account, customer: Customer): void {
  inTransaction(account, () => {
    account.database.prepare('UPDATE customers SET deleted = 1 WHERE id = ?').run(customer.id)
    emit(account, 'customer.deleted', customer, { at: timeFor(account, customer) })
  })
}

/** Gives the customer a card that pays from now on, in place of any it had. */
export function giveCard(account: Account, id: string, behaviour: CardBehaviour | 'none'): Customer {
  return inTransaction(account, () => {
    const before = livingCustomer(account, id)
    const default_payment_method = storeCard(account, id, behaviour)
    const invoice_settings = { ...before.invoice_settings, default_payment_method }
    return storeCustomer(account, { ...before, invoice_settings }, before)
  })
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
