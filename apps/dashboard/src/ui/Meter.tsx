/** How much of something is used, to be seen; the words for it stand beside it. */
export function Meter({ used, most }: { used: number; most: number }) {
  const share = most === 0 ? 1 : Math.min(1, used / most)
  const look = share >= 1 ? 'bg-danger' : share >= 0.8 ? 'bg-warning' : 'bg-accent'
  return (
    <div aria-hidden className="h-2 overflow-hidden rounded-full bg-raised ring-1 ring-line ring-inset">
      <div className={`h-full rounded-full ${look}`} style={{ width: `${share * 100}%` }} />
    </div>
  )
}
