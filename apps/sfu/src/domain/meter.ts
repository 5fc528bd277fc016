/**
 * How long one participant was connected, and how much of it has been reported.
 *
 * Connected time runs from admission to the close of the socket, summed over reconnections. It is
 * confirmed only up to the last sign of life, so that a socket that died silently is never charged
 * past it. All instants are whole milliseconds of one monotonic clock.
 */

/** The longest that one record may cover, in s (the schema's own limit). */
export const MAX_RECORD_SECONDS = 86_400

/** Whether the participant's socket is open, gone with its place kept, or gone for good. */
export type MeterState = { is: 'connected'; aliveAt: number } | { is: 'away' } | { is: 'left' }

export interface Meter {
  state: MeterState
  /** Confirmed connected time in ms. Never falls. */
  connectedMs: number
  /** The last confirmed connected instant. */
  confirmedAt: number
  /** Whole seconds that records exist for. At most `connectedMs / 1000`. */
  reportedSeconds: number
  /** When the last reported second was complete; at first the instant of admission. */
  reportedUntil: number
}

export type MeterEvent =
  /** A sign of life on the open socket. */
  | { type: 'alive'; at: number }
  /** The socket ended: `at` is its close, or its last sign of life when it died silently. */
  | { type: 'dropped'; at: number }
  /** A new socket took the participant's place. */
  | { type: 'resumed'; at: number }
  /** The participant's place is gone. `at` counts only if the socket was still open. */
  | { type: 'left'; at: number }

/** Connected time that no other report covers. */
export interface MeterReport {
  /** Completed ones: 0 to {@link MAX_RECORD_SECONDS}; 0 only beside a remainder. */
  seconds: number
  /** What a stay that has ended left of another second, in ms: 0 to 999. */
  remainderMs: number
  from: number
  until: number
}

/** The meter of a participant that was admitted at this instant. */
export const admitted = (at: number): Meter => ({
  state: { is: 'connected', aliveAt: at },
  connectedMs: 0,
  confirmedAt: at,
  reportedSeconds: 0,
  reportedUntil: at,
})

/** Applies an event. Events that make no sense in the meter's state change nothing. */
export function metered(meter: Meter, event: MeterEvent): Meter {
  switch (event.type) {
    case 'alive':
      return confirmed(meter, event.at)
    case 'dropped':
      return meter.state.is === 'connected' ? { ...confirmed(meter, event.at), state: { is: 'away' } } : meter
    case 'resumed':
      return meter.state.is === 'away' ? resumed(meter, event.at) : meter
    case 'left':
      return { ...confirmed(meter, event.at), state: { is: 'left' } }
    default:
      return event satisfies never
  }
}

/** Completed seconds that were not reported yet. */
export const unreported = ({ connectedMs, reportedSeconds }: Meter): number =>
  Math.floor(connectedMs / 1000) - reportedSeconds

/** Reports the completed seconds that were not reported yet, if any, as far as one record reaches. */
export function reported(meter: Meter): { meter: Meter; report: MeterReport | null } {
  const seconds = Math.min(unreported(meter), MAX_RECORD_SECONDS)
  if (seconds <= 0) return { meter, report: null }
  const reportedSeconds = meter.reportedSeconds + seconds
  // Connected time between two ends is at most the time between them, so no report is longer than its span.
  const until = meter.confirmedAt - (meter.connectedMs - reportedSeconds * 1000)
  return {
    meter: { ...meter, reportedSeconds, reportedUntil: until },
    report: { seconds, remainderMs: 0, from: meter.reportedUntil, until },
  }
}

/**
 * All that is not reported yet of a stay that has ended, in as many reports as it takes; the last of them has
 * what is left of a second.
 */
export function reportsLeft(meter: Meter): MeterReport[] {
  const reports: MeterReport[] = []
  for (let { meter: left, report } = reported(meter); report; { meter: left, report } = reported(left))
    reports.push(report)
  const remainderMs = meter.connectedMs % 1000
  if (remainderMs === 0) return reports
  const last = reports.pop() ?? { seconds: 0, from: meter.reportedUntil }
  return [...reports, { ...last, remainderMs, until: meter.confirmedAt }]
}

function confirmed(meter: Meter, at: number): Meter {
  if (meter.state.is !== 'connected' || at <= meter.state.aliveAt) return meter
  return {
    ...meter,
    state: { is: 'connected', aliveAt: at },
    connectedMs: meter.connectedMs + (at - meter.state.aliveAt),
    confirmedAt: at,
  }
}

/** A socket cannot have begun before the one before it ended. */
const resumed = (meter: Meter, at: number): Meter => ({
  ...meter,
  state: { is: 'connected', aliveAt: Math.max(at, meter.confirmedAt) },
})
