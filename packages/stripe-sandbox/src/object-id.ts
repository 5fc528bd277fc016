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
export const newRequestId = (): string => `req_${randomText(14)}`
/** Stands before the numbers of a customer's invoices. */
export const newInvoicePrefix = (): string => randomText(8).toUpperCase()
