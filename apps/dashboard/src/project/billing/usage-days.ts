/** The range of days that the page shows, in UTC. */
export const DAYS = 30
/** Usage comes in while the page is open; read anew this often, in milliseconds. */
export const USAGE_EVERY_MS = 15_000
const DAY_MS = 86_400_000

/** Today and the days before it, as the usage endpoints take them: `to` does not belong to it. */
export function lastDays(now: number): { from: string; to: string } {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const dateOf = (time: number) => new Date(time).toISOString().slice(0, 10)
  return { from: dateOf(today - (DAYS - 1) * DAY_MS), to: dateOf(today + DAY_MS) }
}

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
/** `23 Nov`, of a time or date in UTC. */
export const dayName = (iso: string): string => dayAndMonth.format(new Date(iso))
