/**
 * Dynacast: which of a video's encodings its sender is asked to send. One that somebody wants is asked
 * for at once; one that nobody wants is given up after a while, so that a picture which comes and goes
 * does not make its sender's encoder come and go.
 */

/** How long nobody has wanted an encoding when it is given up. */
export const UNWANTED_MS = 2000

/** A receiver that takes the video now. */
export interface Taking {
  /** The layer that it is to get if its bandwidth allows. */
  preferred: number
  /** The layer that it gets; null while it gets none. */
  current: number | null
}

/**
 * The encodings that any of these has use for. Who gets its preferred layer needs no other; who does not
 * needs all up to it, to start with and to climb: mediasoup raises a receiver only to what is being sent.
 * @param encodings how many there are. With one (no simulcast, or SVC) layers are no encodings of their own
 */
export function wantedEncodings(encodings: number, receivers: Iterable<Taking>): boolean[] {
  const wanted = Array.from({ length: encodings }, () => false)
  for (const { preferred, current } of receivers) {
    const last = Math.min(preferred, encodings - 1)
    const first = current === preferred ? last : 0
    wanted.fill(true, first, last + 1)
  }
  return wanted
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
