/** Numbers and times as the dashboard shows them. Everything is in one language, English, for now. */

const LANGUAGE = 'en-GB'
const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 })
const dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' })
const dayAlone = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium' })
const clock = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto', style: 'long' })

/** `1,234,567` */
export const count = (value: number): string => whole.format(value)

/** In the reader's time zone: `23 Nov 2026, 06:21`. */
export const dateTime = (iso: string): string => dayAndTime.format(new Date(iso))

/** `23 Nov 2026` */
export const date = (iso: string): string => dayAlone.format(new Date(iso))

/** In the reader's time zone: `06:21:07`. */
export const timeOfDay = (iso: string): string => clock.format(new Date(iso))

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** `2 h 5 min`, `3 min 20 s`, `45 s`, `0 s`: two units at most. `seconds` is 0 or more. */
export function duration(seconds: number): string {
  const units = [
    { size: DAY, name: 'd' },
    { size: HOUR, name: 'h' },
    { size: MINUTE, name: 'min' },
    { size: 1, name: 's' },
  ]
  let rest = Math.floor(seconds)
  const first = units.findIndex(({ size }) => rest >= size)
  const parts: string[] = []
  for (const { size, name } of first === -1 ? [] : units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) parts.push(`${count(amount)} ${name}`)
  }
  return parts.join(' ') || '0 s'
}

/** `3 minutes ago`, `in 2 days`, `now`; by the largest unit that fits. */
export function timeAgo(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000
  const size = Math.abs(seconds)
  if (size < MINUTE) return relative.format(Math.round(seconds / 10) * 10, 'second')
  if (size < HOUR) return relative.format(Math.trunc(seconds / MINUTE), 'minute')
  if (size < DAY) return relative.format(Math.trunc(seconds / HOUR), 'hour')
  return relative.format(Math.trunc(seconds / DAY), 'day')
}
