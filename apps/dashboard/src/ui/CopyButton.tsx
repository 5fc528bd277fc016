import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

const SHOWN_MS = 2000

/** Puts a text on the clipboard, and says so. */
export function CopyButton({
  text,
  label,
  className = '',
}: {
  text: string
  label: string
  className?: string
}) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => {
    // Refused without a secure context; the text can still be selected by hand.
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  const Icon = copied ? Check : Copy
  return (
    <button
      type="button"
      onClick={copy}
      className={`inline-flex min-h-10 items-center gap-2 rounded-lg px-3 font-medium text-sm transition-colors ${className}`}
    >
      <Icon aria-hidden className="size-4" />
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </button>
  )
}
