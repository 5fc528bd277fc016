/** Shows a long step's life: a running clock on a terminal, a line every 15 s elsewhere (CI logs). */

/** Steps faster than this, which is all of them once everything is cached, are not worth a line. */
const QUIET_MS = 700
const PLAIN_INTERVAL_MS = 15_000
const TERMINAL_INTERVAL_MS = 200

export type Report = (note: string) => void

/**
 * Runs one step. `work` gets a function to tell what it is doing; its last note stands beside the
 * duration when the step is done.
 */
export async function step<T>(title: string, work: (report: Report) => Promise<T>): Promise<T> {
  const since = performance.now()
  const elapsed = () => formatDuration(performance.now() - since)
  const live = process.stdout.isTTY
  let note = ''
  const line = () => `${title}${note && `: ${note}`}`

  const first = setTimeout(() => {
    if (!live) console.log(`${line()} …`)
  }, QUIET_MS)
  const interval = setInterval(
    () => {
      if (live) rewriteLine(`  ${line()} … ${elapsed()}`)
      else console.log(`${line()} … (${elapsed()})`)
    },
    live ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS,
  )
  const finish = (mark: string) => {
    clearTimeout(first)
    clearInterval(interval)
    if (performance.now() - since < QUIET_MS) return
    if (live) rewriteLine('')
    console.log(`${mark} ${line()} (${elapsed()})`)
  }
  try {
    const result = await work((text) => {
      note = text
    })
    finish('✓')
    return result
  } catch (error) {
    finish('✗')
    throw error
  }
}

/** Overwrites the terminal's current line, cut to its width so that it never wraps. */
function rewriteLine(text: string): void {
  process.stdout.write(`\r\x1b[2K${text.slice(0, (process.stdout.columns || 80) - 1)}`)
}

/** `0.4 s`, `12 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
