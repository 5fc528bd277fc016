/** What happens by itself as time passes: periods end, invoices are finalized and paid, sessions expire. */
import { type Account, inTransaction, nowInSeconds } from './account.ts'
import { CHECKOUT_SESSIONS, expireSession } from './checkout-record.ts'
import { INVOICES } from './invoice-record.ts'
import { advanceInvoice } from './invoicing.ts'
import { firstDue } from './stored-objects.ts'
import { advanceSubscription } from './subscription-lifecycle.ts'
import { SUBSCRIPTIONS } from './subscription-record.ts'

/**
 * Lets happen, in order of their times, all that is due for the customers of one clock.
 *
 * @param until Seconds since the Unix epoch.
 * @param testClock Null for the account's own clock.
 * @param reached Told each time before what is due at it happens.
 */
export function runDue(
  account: Account,
  until: number,
  testClock: string | null,
  reached: (at: number) => void = () => {},
): void {
  for (;;) {
    const next = [
      dueIn(firstDue(account, SUBSCRIPTIONS, until, testClock), (subscription, at) =>
        advanceSubscription(account, subscription, at),
      ),
      dueIn(firstDue(account, INVOICES, until, testClock), (invoice, at) =>
        advanceInvoice(account, invoice, at),
      ),
      dueIn(firstDue(account, CHECKOUT_SESSIONS, until, testClock), (session) =>
        expireSession(account, session),
      ),
    ]
      .filter((due) => due !== undefined)
      .sort((a, b) => a.at - b.at)[0]
    if (!next) return
    reached(next.at)
    inTransaction(account, next.happen)
  }
}

/** All that is due by the account's own clock. */
export function runAccountDue(account: Account): void {
  runDue(account, nowInSeconds(account), null)
}

function dueIn<Item extends { due_at: number | null }>(
  item: Item | undefined,
  happen: (item: Item, at: number) => void,
): { at: number; happen: () => void } | undefined {
  if (!item || item.due_at === null) return undefined
  const at = item.due_at
  return { at, happen: () => happen(item, at) }
}
