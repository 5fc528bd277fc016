/** An invoice as it is kept, and as Stripe shows it. Source: docs.stripe.com/api/invoices/object. */
import { z } from 'zod'
import type { Account } from './account.ts'
import { findCustomer } from './customers.ts'
import type { Resource } from './stored-objects.ts'

export const invoiceStatus = z.enum(['draft', 'open', 'paid', 'uncollectible', 'void'])

const periodSchema = z.object({ start: z.number(), end: z.number() })

/** What an invoice charges for; its lines come of it. */
const chargedItemSchema = z.object({
  subscription_item: z.string(),
  price: z.string(),
  /** Null of a metered price: the meter says, for the period. */
  quantity: z.number().nullable(),
  period: periodSchema,
})

const lineSchema = z.object({
  id: z.string(),
  amount: z.number(),
  description: z.string(),
  period: periodSchema,
  price: z.string(),
  product: z.string(),
  quantity: z.number(),
  subscription_item: z.string(),
  unit_amount_decimal: z.string(),
})

const invoiceSchema = z.object({
  id: z.string(),
  amount_paid: z.number(),
  attempt_count: z.number(),
  auto_advance: z.boolean(),
  automatically_finalizes_at: z.number().nullable(),
  billing_reason: z.enum(['subscription_create', 'subscription_cycle', 'upcoming', 'manual']),
  charged: z.array(chargedItemSchema),
  created: z.number(),
  currency: z.string(),
  customer: z.string(),
  /** When something happens to it by itself; null when nothing will. */
  due_at: z.number().nullable(),
  finalized_at: z.number().nullable(),
  /** Of a draft they are as of its last reading of the meters. */
  lines: z.array(lineSchema),
  next_payment_attempt: z.number().nullable(),
  number: z.string().nullable(),
  paid_at: z.number().nullable(),
  period: periodSchema,
  status: invoiceStatus,
  subscription: z.string(),
  test_clock: z.string().nullable(),
  voided_at: z.number().nullable(),
})

export type Invoice = z.infer<typeof invoiceSchema>
export type InvoiceLine = z.infer<typeof lineSchema>
export type ChargedItem = z.infer<typeof chargedItemSchema>

export const INVOICES: Resource<Invoice> = { table: 'invoices', kind: 'invoice', schema: invoiceSchema }

/** When something happens to the invoice by itself: it is finalized, or its payment is tried again. */
export function invoiceDueAt(invoice: Invoice): number | null {
  switch (invoice.status) {
    case 'draft':
      return invoice.auto_advance ? invoice.automatically_finalizes_at : null
    case 'open':
      return invoice.next_payment_attempt
    default:
      return null
  }
}

export function totalOf({ lines }: Pick<Invoice, 'lines'>): number {
  return lines.reduce((sum, { amount }) => sum + amount, 0)
}

export function presentInvoice(account: Account, invoice: Invoice): object {
  const total = totalOf(invoice)
  const found = findCustomer(account, invoice.customer)
  const customer = found && !('deleted' in found) ? found : undefined
  return {
    id: invoice.id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Stripe sandbox',
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: invoice.amount_paid,
    amount_remaining: total - invoice.amount_paid,
    amount_shipping: 0,
    application: null,
    attempt_count: invoice.attempt_count,
    attempted: invoice.attempt_count > 0 || invoice.status === 'paid',
    auto_advance: invoice.auto_advance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: invoice.automatically_finalizes_at,
    billing_reason: invoice.billing_reason,
    collection_method: 'charge_automatically',
    created: invoice.created,
    currency: invoice.currency,
    custom_fields: null,
    customer: invoice.customer,
    customer_account: null,
    customer_address: customer?.address ?? null,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    customer_phone: customer?.phone ?? null,
    customer_shipping: customer?.shipping ?? null,
    customer_tax_exempt: customer?.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: invoice.finalized_at,
    ending_balance: invoice.status === 'draft' ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: 'list',
      data: invoice.lines.map((line) => presentLine(invoice, line)),
      has_more: false,
      url: `/v1/invoices/${invoice.id}/lines`,
    },
    livemode: false,
    metadata: {},
    next_payment_attempt: invoice.next_payment_attempt,
    number: invoice.number,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: {}, subscription: invoice.subscription },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: invoice.period.end,
    period_start: invoice.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: invoice.status,
    status_transitions: {
      finalized_at: invoice.finalized_at,
      marked_uncollectible_at: null,
      paid_at: invoice.paid_at,
      voided_at: invoice.voided_at,
    },
    // Gone since version 2025-03-31 of the API, though not from Stripe's example: it is in `parent`.
    subscription: null,
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: invoice.test_clock,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: invoice.finalized_at,
  }
}

export function presentLine(invoice: Invoice, line: InvoiceLine): object {
  return {
    id: line.id,
    object: 'line_item',
    amount: line.amount,
    currency: invoice.currency,
    description: line.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: invoice.subscription,
        subscription_item: line.subscription_item,
      },
      type: 'subscription_item_details',
    },
    period: line.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price, product: line.product },
      type: 'price_details',
      unit_amount_decimal: line.unit_amount_decimal,
    },
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: null,
    subtotal: line.amount,
    taxes: [],
  }
}
