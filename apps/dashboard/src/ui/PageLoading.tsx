import { LoaderCircle } from 'lucide-react'

export function PageLoading() {
  return (
    <div className="grid min-h-dvh place-items-center" role="status">
      <LoaderCircle aria-hidden className="size-7 animate-spin text-muted" />
      <span className="sr-only">Loading</span>
    </div>
  )
}
