import type { LiveState } from './live-socket.ts'

const looks: Record<LiveState, { text: string; dot: string }> = {
  opening: { text: 'Connecting', dot: 'bg-muted' },
  open: { text: 'Live', dot: 'bg-accent' },
  lost: { text: 'Reconnecting', dot: 'bg-warning' },
  refused: { text: 'Not live', dot: 'bg-muted' },
}

/** Whether what is shown follows what happens. */
export function LiveBadge({ state }: { state: LiveState }) {
  const { text, dot } = looks[state]
  return (
    <span
      role="status"
      data-testid="live"
      data-state={state}
      className="inline-flex min-h-8 items-center gap-2 rounded-full border border-line bg-surface px-3 font-medium text-muted text-xs"
    >
      <span
        aria-hidden
        className={`size-2 rounded-full ${dot} ${state === 'open' ? 'motion-safe:animate-pulse' : ''}`}
      />
      {text}
    </span>
  )
}
