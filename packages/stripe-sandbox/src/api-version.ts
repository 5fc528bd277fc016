/** The version of Stripe's API whose objects the sandbox answers: that of the SDK it is tested with. */
export const API_VERSION = '2026-10-28.endive'
