/** The Stripe meter event that carries usage: seen by customers on their invoices, so it never changes. */
export const METER_EVENT_NAME = 'radist_sfu_participant_seconds'
