/** How many data messages a participant may send: so many, and so many bytes, each second; a second's worth at once. */

export interface DataRates {
  messagesPerSecond: number
  bytesPerSecond: number
}

export interface DataBudget {
  /** What is still allowed, in fractions. */
  messages: number
  bytes: number
  at: number
  /** Refused ones since the last that was taken. */
  refused: number
}

export const fullDataBudget = (
  { messagesPerSecond, bytesPerSecond }: DataRates,
  now: number,
): DataBudget => ({
  messages: messagesPerSecond,
  bytes: bytesPerSecond,
  at: now,
  refused: 0,
})

/** `flood`: so many were refused in a row, a second's worth, that it does not look at them any more for a while. */
export type DataVerdict = 'taken' | 'refused' | 'flood'

/** The budget after one more message. */
export function dataBudgetAfter(
  budget: DataBudget,
  rates: DataRates,
  message: { bytes: number; now: number },
): { verdict: DataVerdict; budget: DataBudget } {
  const seconds = (message.now - budget.at) / 1000
  const messages = Math.min(rates.messagesPerSecond, budget.messages + seconds * rates.messagesPerSecond)
  const bytes = Math.min(rates.bytesPerSecond, budget.bytes + seconds * rates.bytesPerSecond)
  const at = message.now
  if (messages >= 1 && bytes >= message.bytes) {
    const left = { messages: messages - 1, bytes: bytes - message.bytes, at, refused: 0 }
    return { verdict: 'taken', budget: left }
  }
  const refused = budget.refused + 1
  if (refused < rates.messagesPerSecond)
    return { verdict: 'refused', budget: { messages, bytes, at, refused } }
  return { verdict: 'flood', budget: { messages, bytes, at, refused: 0 } }
}
