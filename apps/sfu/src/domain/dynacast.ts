/**
 * Dynacast: which of a video's encodings its sender is asked to send. One that somebody wants is asked
 * for at once; one that nobody wants is given up after a while, so that a picture which comes and goes
 * does not make its sender's encoder come and go.
 */

/** How long nobody has wanted an encoding when it is given up. */
export const UNWANTED_MS = 2000

/**
 * The encodings that receivers have use for: for each, all up to the one that it is to get if its bandwidth allows.
 * The lower ones are sent though it gets the one it prefers: when its bandwidth falls suddenly it has to go down
 * at once, and would see nothing while the sender is asked, its encoder starts and a key frame comes. When it rises
 * mediasoup takes a receiver up only through what is being sent. So the largest ones are saved, which cost most.
 * @param encodings how many there are. With one (no simulcast, or SVC) layers are no encodings of their own
 * @param preferred the layer of each receiver that takes the video now
 */
export function wantedEncodings(encodings: number, preferred: Iterable<number>): boolean[] {
  const highest = Math.max(-1, ...preferred)
  return Array.from({ length: encodings }, (_, encoding) => encoding <= highest)
}

export interface Dynacast {
  /** What the sender was told to send. */
  told: readonly boolean[]
  /** For each encoding that is being sent: since when nobody wants it, in ms; null: it is wanted. */
  unwantedSince: readonly (number | null)[]
}

/** A new producer sends all its encodings. */
export const allSent = (encodings: number): Dynacast => ({
  told: Array.from({ length: encodings }, () => true),
  unwantedSince: Array.from({ length: encodings }, () => null),
})

/** The state at `now`, when these are wanted; the sender is told when its `told` is another. */
export function dynacastAfter(state: Dynacast, wanted: readonly boolean[], now: number): Dynacast {
  const unwantedSince = state.told.map((sent, i) =>
    wanted[i] || !sent ? null : (state.unwantedSince[i] ?? now),
  )
  const isGivenUp = (since: number | null | undefined) =>
    typeof since === 'number' && now - since >= UNWANTED_MS
  return {
    told: state.told.map((sent, i) => wanted[i] || (sent && !isGivenUp(unwantedSince[i]))),
    unwantedSince: unwantedSince.map((since) => (isGivenUp(since) ? null : since)),
  }
}

/** When the next encoding is to be given up if nothing changes; null: none is. */
export function nextGivenUpAt({ unwantedSince }: Dynacast): number | null {
  const since = unwantedSince.filter((at) => at !== null)
  return since.length === 0 ? null : Math.min(...since) + UNWANTED_MS
}

export const isSame = (a: readonly boolean[], b: readonly boolean[]): boolean =>
  a.length === b.length && a.every((sent, i) => sent === b[i])
