import { useEffect, useState } from 'react'

const SHOWN_MS = 6000

/** A line over the stage that goes away by itself. Screen readers hear it once. */
export function Notice({ text }: { text: string | null }) {
  const [shown, setShown] = useState<string | null>(null)
  useEffect(() => {
    setShown(text)
    if (text === null) return
    const timer = setTimeout(() => setShown(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div
      role="status"
      data-testid="notice"
      className="pointer-events-none absolute inset-x-0 top-3 flex justify-center px-4"
    >
      {shown && <p className="rounded-full bg-ink px-4 py-2 text-canvas text-sm shadow-card">{shown}</p>}
    </div>
  )
}
