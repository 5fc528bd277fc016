/** What the sandbox's page shows. Hono's `html` escapes every value put into it. */
import { html } from 'hono/html'
import type { Account } from '../account.ts'
import { type CardBehaviour, cardBehaviour, cardOf } from '../cards.ts'
import type { Customer } from '../customers.ts'
import type { Delivery } from '../deliveries.ts'
import { requireEvent } from '../events.ts'
import type { AcceptedMeterEvent, MeterTotal } from '../meter-events.ts'
import type { Meter } from '../meters.ts'
import { findObject } from '../stored-objects.ts'
import type { Subscription } from '../subscription-record.ts'
import { WEBHOOK_ENDPOINTS } from '../webhook-endpoints.ts'
import { day, type Markup, utc } from './layout.ts'

export function metersTable(meters: readonly Meter[], totals: readonly MeterTotal[]): Markup {
  if (meters.length === 0) return html`<h2>Meters</h2><p class="note">None yet.</p>`
  return html`<h2>Meters</h2>
<table>
<tr><th>Event name</th><th>Display name</th><th>Status</th><th>Formula</th><th class="number">Events</th><th class="number">Sum</th></tr>
${meters.map((meter) => {
  const own = totals.filter((total) => total.meter === meter.id)
  return html`<tr><td>${meter.event_name}</td><td>${meter.display_name}</td><td>${meter.status}</td>
<td>${meter.default_aggregation.formula}</td><td class="number">${sumOf(own, 'events')}</td>
<td class="number">${sumOf(own, 'value')}</td></tr>`
})}
</table>`
}

export function totalsTable(totals: readonly MeterTotal[]): Markup {
  if (totals.length === 0) return html`<h2>Usage by customer</h2><p class="note">None yet.</p>`
  return html`<h2>Usage by customer</h2>
<table>
<tr><th>Meter</th><th>Customer</th><th class="number">Events</th><th class="number">Sum</th></tr>
${totals.map(
  (total) => html`<tr><td>${total.meter}</td><td>${total.customer}</td>
<td class="number">${total.events}</td><td class="number">${total.value}</td></tr>`,
)}
</table>`
}

export function customersTable(account: Account, customers: readonly Customer[]): Markup {
  if (customers.length === 0) return html`<h2>Customers</h2><p class="note">None yet.</p>`
  return html`<h2>Customers</h2>
<table>
<tr><th>Id</th><th>Name</th><th>E-mail</th><th>Metadata</th><th>Created</th><th>Card</th></tr>
${customers.map(
  (
    customer,
  ) => html`<tr><td>${customer.id}</td><td>${customer.name ?? ''}</td><td>${customer.email ?? ''}</td>
<td>${Object.entries(customer.metadata)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ')}</td><td>${utc(customer.created * 1000)}</td>
<td>${cardForm(customer.id, cardOf(account, customer.id)?.behaviour)}</td></tr>`,
)}
</table>`
}

export function meterEventsTable(events: readonly AcceptedMeterEvent[]): Markup {
  if (events.length === 0) return html`<h2>Meter events</h2><p class="note">None yet.</p>`
  return html`<h2>Meter events: the last ${events.length}</h2>
<table>
<tr><th>Accepted</th><th>Timestamp</th><th>Event name</th><th>Customer</th><th class="number">Value</th><th>Identifier</th></tr>
${events.map(
  (event) => html`<tr><td>${utc(event.accepted_at_ms)}</td><td>${utc(event.timestamp * 1000)}</td>
<td>${event.event_name}</td><td>${event.customer}</td><td class="number">${event.value}</td>
<td>${event.identifier}</td></tr>`,
)}
</table>`
}

function cardForm(customer: string, current: CardBehaviour | undefined): Markup {
  return html`<form method="post" class="inline">
<input type="hidden" name="action" value="card"><input type="hidden" name="customer" value="${customer}">
<select name="card" aria-label="Card of ${customer}">
${['none', ...cardBehaviour.options].map(
  (card) => html`<option${card === (current ?? 'none') ? ' selected' : ''}>${card}</option>`,
)}
</select> <button>Set</button></form>`
}

export function subscriptionsTable(subscriptions: readonly Subscription[]): Markup {
  if (subscriptions.length === 0) return html`<h2>Subscriptions</h2><p class="note">None yet.</p>`
  return html`<h2>Subscriptions</h2>
<table>
<tr><th>Id</th><th>Customer</th><th>Status</th><th>Period</th><th>Ends with it</th><th>Clock</th></tr>
${subscriptions.map(
  ({ id, customer, status, period, cancel_at_period_end, test_clock }) => html`<tr><td>${id}</td>
<td>${customer}</td><td>${status}</td><td>${day(period.start)} to ${day(period.end)}</td>
<td>${cancel_at_period_end ? 'yes' : 'no'}</td><td>${test_clock ?? ''}</td></tr>`,
)}
</table>`
}

export function deliveriesTable(account: Account, deliveries: readonly Delivery[]): Markup {
  if (deliveries.length === 0) return html`<h2>Webhooks</h2><p class="note">None yet.</p>`
  return html`<h2>Webhooks: the last ${deliveries.length}</h2>
<table>
<tr><th>Event</th><th>Endpoint</th><th class="number">Attempts</th><th>State</th><th>Last answer</th><th></th></tr>
${deliveries.map((delivery) => {
  const { type, id } = requireEvent(account, delivery.event)
  const url = findObject(account, WEBHOOK_ENDPOINTS, delivery.endpoint)?.url ?? 'deleted'
  return html`<tr><td>${type}<br><span class="note">${id}</span></td><td>${url}</td>
<td class="number">${delivery.attempts}</td><td>${stateOf(delivery)}</td>
<td>${delivery.status ?? ''} ${delivery.answer}</td><td>${againForm(delivery)}</td></tr>`
})}
</table>`
}

function stateOf({ status, next_attempt_at_ms }: Delivery): string {
  if (next_attempt_at_ms !== null) return `next at ${utc(next_attempt_at_ms)}`
  return status !== null && status >= 200 && status < 300 ? 'delivered' : 'given up'
}

function againForm({ event, endpoint }: Delivery): Markup {
  return html`<form method="post" class="inline"><input type="hidden" name="action" value="send-again">
<input type="hidden" name="event" value="${event}"><input type="hidden" name="endpoint" value="${endpoint}">
<button>Send again</button></form>`
}

function sumOf(totals: readonly MeterTotal[], field: 'events' | 'value'): number {
  return totals.reduce((sum, total) => sum + total[field], 0)
}
