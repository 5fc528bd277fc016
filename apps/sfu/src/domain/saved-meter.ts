/**
 * What the journal keeps of a meter, and what that is worth after a crash.
 *
 * Whoever is connected progresses with the clock. So what is saved of such a meter stays as it is from
 * second to second, and one mark for the whole host ("all who run lived until then") says how far they got.
 */
import type { Meter } from './meter.ts'

export interface SavedMeter {
  progress: /** Heard from lately: connected for `mark - zeroAt` ms. */
    | { is: 'running'; zeroAt: number }
    /** Away, or silent for too long: connected for this long, and no longer, whatever the mark. */
    | { is: 'halted'; connectedMs: number; confirmedAt: number }
  /** As in {@link Meter}. */
  reportedSeconds: number
  reportedUntil: number
}

/**
 * A meter as it is to be recovered if the process dies from now on: a socket heard from within `freshMs`
 * is taken to live until the mark. Only for a crash; what is reported in normal running is confirmed.
 */
export function saved(meter: Meter, now: number, freshMs: number): SavedMeter {
  const { state, connectedMs, confirmedAt, reportedSeconds, reportedUntil } = meter
  const runs = state.is === 'connected' && now - state.aliveAt <= freshMs
  return {
    progress: runs
      ? { is: 'running', zeroAt: state.aliveAt - connectedMs }
      : { is: 'halted', connectedMs, confirmedAt },
    reportedSeconds,
    reportedUntil,
  }
}

/** Whether the journal has this already. */
export function isSame(a: SavedMeter, b: SavedMeter): boolean {
  if (a.reportedSeconds !== b.reportedSeconds || a.reportedUntil !== b.reportedUntil) return false
  if (a.progress.is === 'running')
    return b.progress.is === 'running' && a.progress.zeroAt === b.progress.zeroAt
  return (
    b.progress.is === 'halted' &&
    a.progress.connectedMs === b.progress.connectedMs &&
    a.progress.confirmedAt === b.progress.confirmedAt
  )
}

/** The meter after a crash: it has left, at the mark if it ran. */
export function recovered({ progress, reportedSeconds, reportedUntil }: SavedMeter, mark: number): Meter {
  const state = { is: 'left' } as const
  if (progress.is === 'halted') {
    const { connectedMs, confirmedAt } = progress
    return { state, connectedMs, confirmedAt, reportedSeconds, reportedUntil }
  }
  // A record may have been cut since the mark.
  const connectedMs = Math.max(mark - progress.zeroAt, reportedSeconds * 1000)
  return { state, connectedMs, confirmedAt: progress.zeroAt + connectedMs, reportedSeconds, reportedUntil }
}
