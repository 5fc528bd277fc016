/** Why calls and rooms end, and people leave them, for people. Codes: packages/protocol `rest.ts`, `host-api.ts`. */

const words: Record<string, string> = {
  'all-peers-left': 'Everyone left',
  'tokens-expired': 'Nobody came',
  'ended-by-backend': 'Ended on request',
  'closed-by-backend': 'Closed on request',
  empty: 'Everyone left',
  'not-placed': 'No SFU host took it',
  bye: 'said goodbye',
  left: 'of their own accord',
  timeout: 'did not come back in time',
  removed: 'removed',
  replaced: 'came again from elsewhere',
  'room-closed': 'the room was closed',
  'host-lost': 'the SFU host was lost',
  moved: 'on another SFU host',
}

/** The code itself stands in for one that is not known here. */
export const reasonWords = (reason: string): string =>
  Object.hasOwn(words, reason) ? (words[reason] ?? reason) : reason
