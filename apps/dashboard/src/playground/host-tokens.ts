/**
 * The token of a call that was just created, from the page that created it to the one that joins it.
 * It never goes into the address or the history: the address is shared, and the token is single-use.
 */
const tokens = new Map<string, string>()

export const keepCallToken = (callId: string, callToken: string): void => {
  tokens.set(callId, callToken)
}

/** The creator's token for this call, once. */
export function takeCallToken(callId: string): string | undefined {
  const callToken = tokens.get(callId)
  tokens.delete(callId)
  return callToken
}
