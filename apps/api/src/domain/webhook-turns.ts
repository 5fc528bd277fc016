/**
 * Whose turn it is to be sent. Events of one subject (a call, a room) go to one endpoint one after the
 * other, in a lane of their own; lanes go side by side, within bounds.
 */

/** At once, in one project: the runtime keeps no more connections of one object waiting for an answer. */
export const MAX_RUNNING = 6
/** At once to one endpoint: a slow one leaves a place to the others. */
export const MAX_RUNNING_PER_ENDPOINT = 5

export interface Lane {
  endpointId: string
  subject: string
}
export interface DueLane extends Lane {
  dueAt: number
}

/** An endpoint that has something to be sent. */
export interface Receiver {
  endpointId: string
  /** Attempts under way. */
  running: number
  /** Whether its last attempt failed: it is tried one at a time then, until one is taken. */
  isFailing: boolean
}

/** How many more attempts to this endpoint may begin, were it alone. */
export const freePlaces = ({ running, isFailing }: Receiver): number =>
  Math.max(0, (isFailing ? 1 : MAX_RUNNING_PER_ENDPOINT) - running)

/**
 * The lanes whose turn it is, at most as many as there are places. The endpoint with the fewest attempts
 * under way comes first, then whose lane has been due for longest: none waits for ever.
 * @param due lanes with nothing under way, those of each endpoint with the longest due first
 */
export function nextTurns(
  receivers: readonly Receiver[],
  due: ReadonlyMap<string, readonly DueLane[]>,
): DueLane[] {
  const chosen: DueLane[] = []
  const begun = new Map(receivers.map(({ endpointId }) => [endpointId, 0]))
  let places = MAX_RUNNING - receivers.reduce((sum, { running }) => sum + running, 0)
  for (; places > 0; places -= 1) {
    let best: { lane: DueLane; running: number } | null = null
    for (const receiver of receivers) {
      const began = begun.get(receiver.endpointId) ?? 0
      const lane = due.get(receiver.endpointId)?.[began]
      if (!lane || began >= freePlaces(receiver)) continue
      const running = receiver.running + began
      const isBetter =
        best === null || running < best.running || (running === best.running && lane.dueAt < best.lane.dueAt)
      if (isBetter) best = { lane, running }
    }
    if (!best) break
    chosen.push(best.lane)
    begun.set(best.lane.endpointId, (begun.get(best.lane.endpointId) ?? 0) + 1)
  }
  return chosen
}
