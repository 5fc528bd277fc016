/** How long the ledger keeps what, in days. Sums by day and by month are kept for ever. */

/**
 * A record is taken until it is this old, and its id remembered as long: a repetition is known, or
 * refused. As long as Stripe takes usage.
 */
export const RECORD_DAYS = 35
/** Sums by hour. */
export const HOUR_DAYS = 400
/** Who used what: sums by day, room and participant. */
export const STAY_DAYS = 90

/** The first day of which something is still kept. */
export const firstKeptDay = (today: number, days: number): number => today - days

/** The last day on which a repetition of the record might still be taken. Times are days since 1970. */
export const rememberedUntil = (endedOn: number, today: number): number =>
  // A host whose clock is ahead may date a record later than today.
  Math.max(endedOn, today) + RECORD_DAYS
