/**
 * The life of an invoice: made as a draft, finalized an hour later, so that late usage still counts, and
 * then paid, or tried again. Source: docs.stripe.com/billing/invoices/subscription, and
 * docs.stripe.com/billing/revenue-recovery for what follows a payment that failed.
 */
import { type Account, inTransaction } from './account.ts'
import { cardOf } from './cards.ts'
import { findCustomer, storeCustomer } from './customers.ts'
import { formatAmount, roundedToMinorUnit } from './domain/money.ts'
import { type Charge, charges } from './domain/pricing.ts'
import { emit } from './events.ts'
import {
  type ChargedItem,
  INVOICES,
  type Invoice,
  type InvoiceLine,
  invoiceDueAt,
  presentInvoice,
  totalOf,
} from './invoice-record.ts'
import { meteredQuantity } from './meter-usage.ts'
import { newInvoiceId, newInvoiceLineId } from './object-id.ts'
import { pricingOf } from './price-rules.ts'
import { PRODUCTS, type Product } from './products.ts'
import { allObjects, findObject, insertObject, replaceObject, requireObject } from './stored-objects.ts'
import { StripeError } from './stripe-error.ts'
import { priceOf, SUBSCRIPTIONS, type Subscription } from './subscription-record.ts'
import { updateSubscription } from './subscription-store.ts'

const HOUR = 60 * 60
const DAY = 24 * HOUR

/** How long an invoice stays a draft. */
const DRAFT_SECONDS = HOUR
/** When a failed payment is tried again, each counted from the failure before it; after that, never. */
const RETRY_SECONDS = [3 * DAY, 5 * DAY, 7 * DAY]

export interface InvoiceOptions {
  reason: Invoice['billing_reason']
  charged: ChargedItem[]
  period: Invoice['period']
  /** Whether it is finalized and paid by itself. */
  autoAdvance?: boolean
}

/** A draft for a subscription, without storing it. */
export function draftInvoice(
  account: Account,
  subscription: Subscription,
  { reason, charged, period, autoAdvance = true }: InvoiceOptions,
  at: number,
): Invoice {
  const draft: Invoice = {
    id: newInvoiceId(),
    amount_paid: 0,
    attempt_count: 0,
    auto_advance: autoAdvance,
    automatically_finalizes_at: autoAdvance ? at + DRAFT_SECONDS : null,
    billing_reason: reason,
    charged,
    created: at,
    currency: subscription.currency,
    customer: subscription.customer,
    due_at: null,
    finalized_at: null,
    lines: linesOf(account, subscription.customer, charged),
    next_payment_attempt: null,
    number: null,
    paid_at: null,
    period,
    status: 'draft',
    subscription: subscription.id,
    test_clock: subscription.test_clock,
    voided_at: null,
  }
  return { ...draft, due_at: invoiceDueAt(draft) }
}

export function makeInvoice(
  account: Account,
  subscription: Subscription,
  options: InvoiceOptions,
  at: number,
): Invoice {
  const invoice = insertObject(account, INVOICES, draftInvoice(account, subscription, options, at))
  emit(account, 'invoice.created', presentInvoice(account, invoice), { at })
  return invoice
}

/** Closes a draft: the meters are read once more, and for the last time. */
export function finalizeInvoice(account: Account, invoice: Invoice, at: number): Invoice {
  const finalized = storeInvoice(account, {
    ...invoice,
    auto_advance: true,
    automatically_finalizes_at: null,
    finalized_at: at,
    lines: linesOf(account, invoice.customer, invoice.charged),
    number: takeNumber(account, invoice.customer),
    status: 'open',
  })
  emit(account, 'invoice.finalized', presentInvoice(account, finalized), { at })
  return finalized
}

/** Charges the customer's card; of nothing to pay also without one. */
export function attemptPayment(account: Account, invoice: Invoice, at: number): Invoice {
  return inTransaction(account, () => {
    const works = cardOf(account, invoice.customer)?.behaviour === 'works'
    return works || totalOf(invoice) === 0 ? paid(account, invoice, at) : failed(account, invoice, at)
  })
}

/** What happens to an invoice by itself when its time has come. */
export function advanceInvoice(account: Account, invoice: Invoice, at: number): void {
  const open = invoice.status === 'draft' ? finalizeInvoice(account, invoice, at) : invoice
  attemptPayment(account, open, at)
}

/** Leaves a subscription's unpaid invoices to be paid by hand, as when it has ended. */
export function stopCollecting(account: Account, subscription: string): void {
  for (const invoice of allObjects(account, INVOICES, { subscription, status: ['draft', 'open'] })) {
    storeInvoice(account, {
      ...invoice,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    })
  }
}

/** The error of a payment that was asked for and failed. */
export function cardDeclined(): StripeError {
  return new StripeError({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
    message: 'Your card was declined.',
  })
}

function paid(account: Account, invoice: Invoice, at: number): Invoice {
  const total = totalOf(invoice)
  const after = storeInvoice(account, {
    ...invoice,
    amount_paid: total,
    attempt_count: total === 0 ? invoice.attempt_count : invoice.attempt_count + 1,
    auto_advance: false,
    next_payment_attempt: null,
    paid_at: at,
    status: 'paid',
  })
  emit(account, 'invoice.paid', presentInvoice(account, after), { at })
  const subscription = findObject(account, SUBSCRIPTIONS, invoice.subscription)
  if (subscription?.latest_invoice === invoice.id && isOwing(subscription)) {
    updateSubscription(account, subscription, { status: 'active' }, at)
  }
  const stillOpen = allObjects(account, INVOICES, { customer: invoice.customer, status: 'open' })
  if (stillOpen.length === 0) setDelinquent(account, invoice.customer, false)
  return after
}

function failed(account: Account, invoice: Invoice, at: number): Invoice {
  const isFirstInvoice = invoice.billing_reason === 'subscription_create'
  const wait = isFirstInvoice ? undefined : RETRY_SECONDS[invoice.attempt_count]
  const after = storeInvoice(account, {
    ...invoice,
    attempt_count: invoice.attempt_count + 1,
    next_payment_attempt: wait === undefined ? null : at + wait,
  })
  emit(account, 'invoice.payment_failed', presentInvoice(account, after), { at })
  setDelinquent(account, invoice.customer, true)
  const subscription = findObject(account, SUBSCRIPTIONS, invoice.subscription)
  if (subscription && subscription.latest_invoice === invoice.id && !isFirstInvoice) {
    const status = wait === undefined ? 'unpaid' : 'past_due'
    const followsPayment = ['active', 'past_due'].includes(subscription.status)
    if (followsPayment && subscription.status !== status) {
      updateSubscription(account, subscription, { status }, at)
    }
  }
  return after
}

function isOwing({ status }: Subscription): boolean {
  return status === 'incomplete' || status === 'past_due' || status === 'unpaid'
}

function storeInvoice(account: Account, invoice: Invoice): Invoice {
  return replaceObject(account, INVOICES, { ...invoice, due_at: invoiceDueAt(invoice) })
}

function setDelinquent(account: Account, id: string, delinquent: boolean): void {
  const customer = findCustomer(account, id)
  if (!customer || 'deleted' in customer || customer.delinquent === delinquent) return
  storeCustomer(account, { ...customer, delinquent }, customer)
}

/** The next number of the customer's own sequence, which has no gaps. */
function takeNumber(account: Account, id: string): string | null {
  const customer = findCustomer(account, id)
  if (!customer || 'deleted' in customer) return null
  const { invoice_prefix, next_invoice_sequence } = customer
  storeCustomer(account, { ...customer, next_invoice_sequence: next_invoice_sequence + 1 }, customer)
  return `${invoice_prefix}-${String(next_invoice_sequence).padStart(4, '0')}`
}

function linesOf(account: Account, customer: string, charged: readonly ChargedItem[]): InvoiceLine[] {
  return charged.flatMap((item) => {
    const price = priceOf(account, item)
    const product = requireObject(account, PRODUCTS, price.product)
    const { meter } = price.recurring
    const quantity =
      meter === null ? BigInt(item.quantity ?? 0) : meteredQuantity(account, meter, customer, item.period)
    return charges(pricingOf(price), quantity).map((charge) => ({
      id: newInvoiceLineId(),
      amount: roundedToMinorUnit(charge.amount),
      description: description(product, charge),
      period: item.period,
      price: price.id,
      product: product.id,
      quantity: Number(charge.quantity),
      subscription_item: item.subscription_item,
      unit_amount_decimal: formatAmount(charge.unitAmount),
    }))
  })
}

function description({ name }: Product, { kind, tier, quantity }: Charge): string {
  const what = kind === 'flat' ? `${name}: flat fee` : `${quantity} × ${name}`
  return tier === null ? what : `${what} (tier ${tier})`
}
