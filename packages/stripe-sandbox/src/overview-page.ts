/** The page a developer opens to see what Stripe would have been told. */
import { html } from 'hono/html'
import type { Account } from './account.ts'
import { type Customer, latestCustomers } from './customers.ts'
import { type AcceptedMeterEvent, acceptedMeterEvents, type MeterTotal, meterTotals } from './meter-events.ts'
import { allMeters, type Meter } from './meters.ts'

const LATEST_EVENTS = 50
const LATEST_CUSTOMERS = 100

/** No scripts, nothing from elsewhere. */
export const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

const STYLE = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  .note { opacity: .7; }
`

/** The whole page. Hono's `html` escapes every value put into it. */
export function overviewPage(account: Account) {
  const totals = meterTotals(account)
  const events = acceptedMeterEvents(account, { latest: LATEST_EVENTS }).reverse()
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Stripe sandbox</title><style>${STYLE}</style></head>
<body>
<h1>Stripe sandbox</h1>
<p class="note">Answers in Stripe's place. Nobody is charged. The account's clock says ${utc(account.now())}.</p>
${metersTable(allMeters(account), totals)}
${totalsTable(totals)}
${customersTable(latestCustomers(account, LATEST_CUSTOMERS))}
${eventsTable(events)}
</body>
</html>`
}

function metersTable(meters: readonly Meter[], totals: readonly MeterTotal[]) {
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

function totalsTable(totals: readonly MeterTotal[]) {
  if (totals.length === 0) return ''
  return html`<h2>Usage by customer</h2>
<table>
<tr><th>Meter</th><th>Customer</th><th class="number">Events</th><th class="number">Sum</th></tr>
${totals.map(
  (total) => html`<tr><td>${total.meter}</td><td>${total.customer}</td>
<td class="number">${total.events}</td><td class="number">${total.value}</td></tr>`,
)}
</table>`
}

function customersTable(customers: readonly Customer[]) {
  if (customers.length === 0) return html`<h2>Customers</h2><p class="note">None yet.</p>`
  return html`<h2>Customers</h2>
<table>
<tr><th>Id</th><th>Name</th><th>E-mail</th><th>Metadata</th><th>Created</th></tr>
${customers.map(
  (
    customer,
  ) => html`<tr><td>${customer.id}</td><td>${customer.name ?? ''}</td><td>${customer.email ?? ''}</td>
<td>${Object.entries(customer.metadata)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ')}</td><td>${utc(customer.created * 1000)}</td></tr>`,
)}
</table>`
}

function eventsTable(events: readonly AcceptedMeterEvent[]) {
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

function sumOf(totals: readonly MeterTotal[], field: 'events' | 'value'): number {
  return totals.reduce((sum, total) => sum + total[field], 0)
}

function utc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
