/**
 * How accepted seconds are cut into flush windows. Each window becomes one Stripe meter event, whose
 * identifier follows from the window's start: so two windows of a project never share a start, and a
 * window that is frozen never grows.
 */

/** Half-open: `start` belongs to it, `end` does not. Milliseconds since 1970, whole seconds. */
export interface MeterWindow {
  start: number
  end: number
}

/** The newest window of a project. Once frozen it is being delivered, or was. */
export interface NewestWindow extends MeterWindow {
  frozen: boolean
}

/**
 * The window that takes a record received at `now`: the newest one while it is open, else a new one
 * that begins where it ended at the earliest. So a clock that goes back never puts seconds into a
 * frozen window, and a changed width never makes two windows overlap.
 */
export function windowFor(now: number, widthMs: number, newest: NewestWindow | null): MeterWindow {
  if (newest && !newest.frozen && now < newest.end) return { start: newest.start, end: newest.end }
  const time = newest ? Math.max(now, newest.end) : now
  const aligned = Math.floor(time / widthMs) * widthMs
  return { start: newest ? Math.max(aligned, newest.end) : aligned, end: aligned + widthMs }
}

/**
 * When a window's event is sent: at its end, and up to 5 s or a tenth of its width later, so that the
 * windows of all projects, which end together, do not reach Stripe in one instant. `random`: 0 to 1.
 */
export const flushTime = (window: MeterWindow, random: number): number =>
  window.end + Math.round(Math.min(5000, (window.end - window.start) / 10) * random)

/**
 * The same for the same window, however often it is sent; Stripe allows 100 characters. `revision` rises
 * when Stripe took the event and reported later that it does not count: it may know that identifier.
 */
export const meterEventIdentifier = (
  projectId: string,
  window: { start: number },
  revision: number,
): string => `radist-${projectId}-${window.start / 1000}${revision === 0 ? '' : `-${revision}`}`

const IDENTIFIER = /^radist-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,13})(?:-([1-9]\d{0,5}))?$/

/** What {@link meterEventIdentifier} was made of, or null when it made no such identifier. */
export function readMeterEventIdentifier(
  identifier: string,
): { projectId: string; start: number; revision: number } | null {
  const [, projectId, start, revision] = IDENTIFIER.exec(identifier) ?? []
  if (projectId === undefined) return null
  return { projectId, start: Number(start) * 1000, revision: Number(revision ?? 0) }
}

export const HOUR_MS = 3_600_000

/** The hour in which a time lies, as the count of hours since 1970. */
export const hourOf = (time: number): number => Math.floor(time / HOUR_MS)
