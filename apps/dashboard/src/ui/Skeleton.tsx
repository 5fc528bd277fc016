/** Holds the place of what is being loaded. */
export function Skeleton({ className = 'h-4 w-full' }: { className?: string }) {
  return <span aria-hidden className={`block animate-pulse rounded-md bg-raised ${className}`} />
}

/** In place of a list or a card's content. */
export function SkeletonRows({ rows = 4 }: { rows?: number }) {
  return (
    <div role="status" className="flex flex-col gap-4 px-5 py-5">
      <span className="sr-only">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing, which never change places
        <Skeleton key={row} className={`h-4 ${['w-3/4', 'w-full', 'w-5/6', 'w-2/3'][row % 4]}`} />
      ))}
    </div>
  )
}
