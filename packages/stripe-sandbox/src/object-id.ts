import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 4 × 62: bytes from here on would make the first characters of the alphabet likelier. */
const UNBIASED_BELOW = 248

/** Random letters and digits, as Stripe's ids are made of. */
export function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < UNBIASED_BELOW && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length)
    }
  }
  return text
}

export const newCustomerId = (): string => `cus_${randomText(14)}`
export const newMeterId = (): string => `mtr_test_${randomText(40)}`
export const newProductId = (): string => `prod_${randomText(14)}`
export const newPriceId = (): string => `price_${randomText(24)}`
export const newSubscriptionId = (): string => `sub_${randomText(24)}`
export const newSubscriptionItemId = (): string => `si_${randomText(14)}`
export const newInvoiceId = (): string => `in_${randomText(24)}`
export const newInvoiceLineId = (): string => `il_${randomText(24)}`
export const newCheckoutSessionId = (): string => `cs_test_${randomText(58)}`
export const newPortalSessionId = (): string => `bps_${randomText(24)}`
/** Whoever knows it may use the portal in the customer's name. */
export const newPortalSecret = (): string => `test_${randomText(60)}`
export const newPaymentMethodId = (): string => `pm_${randomText(24)}`
export const newSetupIntentId = (): string => `seti_${randomText(24)}`
export const newTestClockId = (): string => `clock_${randomText(24)}`
export const newEventId = (): string => `evt_${randomText(24)}`
export const newThinEventId = (): string => `evt_test_${randomText(42)}`
export const newWebhookEndpointId = (): string => `we_${randomText(24)}`
export const newWebhookSecret = (): string => `whsec_${randomText(32)}`
export const newRequestId = (): string => `req_${randomText(14)}`
/** Stands before the numbers of a customer's invoices. */
export const newInvoicePrefix = (): string => randomText(8).toUpperCase()
